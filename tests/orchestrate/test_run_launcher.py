"""Dagster's own run monitoring, as the daemon calls it, on runs whose process is there, or was killed."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml
from dagster._core.events import EngineEventData, JobFailureData, RunFailureReason
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from aieco_assets.core.stack.run_process import HOST_TAG, PID_TAG, run_tags
from aieco_assets.defs.run_workers import end_killed_starts

SHIPPED = yaml.safe_load((Path(__file__).parents[2] / "dagster.yaml").read_text())


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """With the launcher and the monitoring of the shipped dagster.yaml."""
    overrides = {name: SHIPPED[name] for name in ("run_launcher", "run_monitoring", "run_retries")}
    with dg.instance_for_test(overrides=overrides) as instance:
        yield instance


@pytest.fixture
def process() -> Iterator[subprocess.Popen]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@dg.job
def job() -> None: ...


def started(instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    run = instance.create_run_for_job(job, tags=tags)
    for kind in (dg.DagsterEventType.PIPELINE_STARTING, dg.DagsterEventType.PIPELINE_START):
        instance.report_dagster_event(dg.DagsterEvent(kind.value, job.name), run.run_id)
    return run.run_id


def status_after_monitoring(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    with create_test_daemon_workspace_context(EmptyWorkspaceTarget(), instance) as workspace:
        assert [*filter(None, execute_run_monitoring_iteration(workspace, logging.getLogger("test"), None))] == []
    run = instance.get_run_by_id(run_id)
    assert run
    return run.status


def tags_of(process: subprocess.Popen) -> dict[str, str]:
    return {
        **run_tags(),
        PID_TAG: str(process.pid),
        "aieco/pid_started": str(psutil.Process(process.pid).create_time()),
    }


def test_it_is_asked_often_enough_to_notice_within_a_minute(instance: dg.DagsterInstance) -> None:
    assert instance.run_launcher.supports_check_run_worker_health
    assert instance.run_monitoring_poll_interval_seconds <= 20
    assert instance.run_retries_enabled
    assert instance.run_retries_max_retries == 1


def test_a_killed_aieco_run_is_failed_and_one_at_work_is_not(instance: dg.DagsterInstance, process: subprocess.Popen):
    run_id = started(instance, tags_of(process))
    assert status_after_monitoring(instance, run_id) == dg.DagsterRunStatus.STARTED
    process.kill()
    process.wait()
    assert status_after_monitoring(instance, run_id) == dg.DagsterRunStatus.FAILURE


def test_a_run_whose_worker_was_killed_with_its_code_server_is_failed(
    instance: dg.DagsterInstance, process: subprocess.Popen
):
    run_id = started(instance, {})
    assert status_after_monitoring(instance, run_id) == dg.DagsterRunStatus.STARTED  # nothing says where it runs
    run = instance.get_run_by_id(run_id)
    instance.report_engine_event("Started process for run", run, EngineEventData.in_process(process.pid))
    assert status_after_monitoring(instance, run_id) == dg.DagsterRunStatus.STARTED
    process.kill()
    process.wait()
    assert status_after_monitoring(instance, run_id) == dg.DagsterRunStatus.FAILURE


def test_a_run_of_another_machine_is_left_to_that_machine(instance: dg.DagsterInstance, process: subprocess.Popen):
    run_id = started(instance, {**tags_of(process), HOST_TAG: "elsewhere"})
    process.kill()
    process.wait()
    assert status_after_monitoring(instance, run_id) == dg.DagsterRunStatus.STARTED


def test_a_run_of_a_code_server_elsewhere_is_ended_by_that_host_s_sensor_and_not_by_the_daemon(
    instance: dg.DagsterInstance, process: subprocess.Popen
):
    here, there = (
        started(instance, {GRPC_INFO_TAG: json.dumps(address)})
        for address in ({"host": "localhost", "socket": "/code.sock"}, {"host": "code", "port": 4000})
    )
    for run_id in (here, there):
        run = instance.get_run_by_id(run_id)
        instance.report_engine_event("Started process for run", run, EngineEventData.in_process(process.pid))
    assert end_killed_starts(instance) == []
    process.kill()
    process.wait()
    assert status_after_monitoring(instance, there) == dg.DagsterRunStatus.STARTED
    assert end_killed_starts(instance) == [there]
    assert status_after_monitoring(instance, here) == dg.DagsterRunStatus.FAILURE


def starting(instance: dg.DagsterInstance, seconds_ago: float) -> dg.DagsterRun:
    run = instance.create_run_for_job(job)
    launched = dg.DagsterEvent(dg.DagsterEventType.PIPELINE_STARTING.value, job.name)
    instance.report_dagster_event(launched, run.run_id, timestamp=time.time() - seconds_ago)
    return run


def launched_by(instance: dg.DagsterInstance, run: dg.DagsterRun, process: subprocess.Popen) -> None:
    """The launcher's own word, and no process of the run: whoever launched it was cut off."""
    tags = {name: dg.MetadataValue.text(value) for name, value in tags_of(process).items()}
    instance.report_engine_event("Asked a code server to start the run.", run, EngineEventData(tags))


def test_a_run_whose_process_was_killed_while_it_started_is_failed(
    instance: dg.DagsterInstance, process: subprocess.Popen
):
    run = starting(instance, seconds_ago=1)
    instance.report_engine_event("Started process for run", run, EngineEventData.in_process(process.pid))
    assert end_killed_starts(instance) == []
    process.kill()
    process.wait()
    assert end_killed_starts(instance) == [run.run_id]
    assert end_killed_starts(instance) == []


def test_a_run_that_nobody_launches_any_more_is_failed_and_one_that_starts_slowly_is_not(
    instance: dg.DagsterInstance, process: subprocess.Popen
):
    just, never = starting(instance, seconds_ago=1), starting(instance, seconds_ago=60)
    slow = starting(instance, seconds_ago=60)
    launched_by(instance, slow, process)
    assert end_killed_starts(instance) == [never.run_id]
    process.kill()
    process.wait()
    assert end_killed_starts(instance) == [slow.run_id]
    assert [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING]))] == [
        just.run_id
    ]


def test_a_killed_run_is_to_be_taken_up_once_and_a_failed_step_is_not(instance: dg.DagsterInstance) -> None:
    run = starting(instance, seconds_ago=60)
    end_killed_starts(instance)
    killed = instance.get_run_by_id(run.run_id)
    assert killed
    assert killed.tags["dagster/will_retry"] == "true"
    failed = instance.get_run_by_id(started(instance, {}))
    assert failed
    reason = JobFailureData(error=None, failure_reason=RunFailureReason.STEP_FAILURE)
    instance.report_run_failed(failed, "a step failed", reason)
    wrong = instance.get_run_by_id(failed.run_id)
    assert wrong
    assert wrong.tags["dagster/will_retry"] == "false"
