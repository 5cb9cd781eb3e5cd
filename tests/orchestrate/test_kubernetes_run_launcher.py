"""dagster-k8s's launcher as we use it, against a stand-in for an API server; no cluster is at hand."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.code_pointer import FileCodePointer
from dagster._core.events import EngineEventData
from dagster._core.launcher import LaunchRunContext
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.storage.tags import GRPC_INFO_TAG
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import EmptyWorkspaceTarget
from dagster._daemon.monitoring.run_monitoring import execute_run_monitoring_iteration

from aieco_assets.core.monitoring.incidents import open_incidents, report
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.run_process import HOST_TAG, run_tags
from aieco_assets.defs.monitoring.alert_sensor import failed_run
from aieco_assets.defs.run_workers import end_killed_starts
from tests.orchestrate.fake_kubernetes import FakeKubernetes, fake_kubernetes

SHIPPED = yaml.safe_load((Path(__file__).parents[2] / "dagster.yaml").read_text())
FAILURE, STARTED, STARTING = dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING


@dg.job
def job() -> None: ...


@pytest.fixture
def cluster() -> Iterator[FakeKubernetes]:
    with fake_kubernetes() as cluster:
        yield cluster


@pytest.fixture
def instance(cluster: FakeKubernetes, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    config = {
        "load_incluster_config": False,
        "kubeconfig_file": str(cluster.kubeconfig(tmp_path)),
        "service_account_name": "aieco-graph",
        "instance_config_map": "aieco-dagster",
        "dagster_home": "/var/lib/aieco/dagster",
        "job_namespace": "data",
        "resources": {"limits": {"cpu": "4", "memory": "4Gi"}},
    }
    launcher = {"module": "aieco_assets.orchestrate.kubernetes_run_launcher", "class": "KubernetesRunLauncher"}
    overrides = {name: SHIPPED[name] for name in ("run_monitoring", "run_retries")}
    with dg.instance_for_test(overrides={**overrides, "run_launcher": {**launcher, "config": config}}) as instance:
        yield instance


def launched(instance: dg.DagsterInstance, status: dg.DagsterRunStatus = STARTED) -> str:
    repository = RepositoryPythonOrigin("python", FileCodePointer(__file__, "job"), container_image="graph:1")
    run = instance.create_run_for_job(job, job_code_origin=JobPythonOrigin("job", repository))
    kinds = [dg.DagsterEventType.PIPELINE_STARTING, dg.DagsterEventType.PIPELINE_START]
    instance.report_dagster_event(dg.DagsterEvent(kinds[0].value, job.name), run.run_id)
    instance.run_launcher.launch_run(LaunchRunContext(run, None))
    if status == STARTED:
        instance.report_dagster_event(dg.DagsterEvent(kinds[1].value, job.name), run.run_id)
    return run.run_id


def after_monitoring(instance: dg.DagsterInstance, run_id: str) -> tuple[dg.DagsterRunStatus, str]:
    with create_test_daemon_workspace_context(EmptyWorkspaceTarget(), instance) as workspace:
        assert [*filter(None, execute_run_monitoring_iteration(workspace, logging.getLogger("test"), None))] == []
    return told(instance, run_id)


def told(instance: dg.DagsterInstance, run_id: str) -> tuple[dg.DagsterRunStatus, str]:
    """Status of a run, and what its failure says."""
    run = instance.get_run_by_id(run_id)
    assert run
    failures = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
    event = failures[0].event_log_entry.dagster_event if failures else None
    return run.status, (event.message or "") if event else ""


def test_a_run_is_a_job_with_the_image_of_its_code_server(cluster: FakeKubernetes, instance: dg.DagsterInstance):
    run_id = launched(instance)
    (made,) = cluster.jobs.values()
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert made["metadata"]["name"] == f"dagster-run-{run_id}"
    assert container["image"] == "graph:1"
    assert container["args"][:5] == ["python", "-m", "dagster", "api", "execute_run"]
    assert container["resources"]["limits"]["memory"] == "4Gi"
    assert after_monitoring(instance, run_id) == (STARTED, "")


def test_a_run_out_of_memory_is_failed_tried_again_and_named_as_one_in_the_alert(
    cluster: FakeKubernetes, instance: dg.DagsterInstance, settings: Settings
):
    run_id = launched(instance)
    cluster.end(137, "OOMKilled")
    status, message = after_monitoring(instance, run_id)
    assert status == FAILURE
    assert f"out of memory: pod dagster-run-{run_id}-x was killed at its limit of 4Gi" in message
    assert "kubectl" not in message
    run = instance.get_run_by_id(run_id)
    assert run
    assert run.tags["dagster/will_retry"] == "true"
    report(settings, trouble := failed_run(run, message))
    assert [*open_incidents(settings, "run_failed")] == ["job"]
    assert "out of memory" in trouble.summary


@pytest.mark.parametrize(
    ("exit_code", "reason", "status", "expected"),
    [
        (137, "Error", {}, "was killed (exit code 137)"),
        (137, "Error", {"reason": "Evicted", "message": "The node was low on resource: memory."}, "Evicted: The node"),
        (1, "Error", {}, "Run has not completed but K8s job has no active pods"),
    ],
)
def test_a_run_whose_pod_ended_otherwise_says_how(
    cluster: FakeKubernetes,
    instance: dg.DagsterInstance,
    exit_code: int,
    reason: str,
    status: dict[str, str],
    expected: str,
):
    run_id = launched(instance)
    cluster.end(exit_code, reason, status)
    ended, message = after_monitoring(instance, run_id)
    assert ended == FAILURE
    assert expected in message


def test_a_run_whose_job_was_deleted_is_failed(cluster: FakeKubernetes, instance: dg.DagsterInstance):
    run_id = launched(instance)
    cluster.jobs.clear()
    ended, message = after_monitoring(instance, run_id)
    assert ended == FAILURE
    assert "its Kubernetes job was deleted" in message


def test_an_api_server_that_says_nothing_ends_no_run(cluster: FakeKubernetes, instance: dg.DagsterInstance):
    run_id = launched(instance)
    cluster.forbids = True
    assert after_monitoring(instance, run_id) == (STARTED, "")
    cluster.forbids = False
    cluster.end(137, "OOMKilled")
    assert after_monitoring(instance, run_id)[0] == FAILURE


def test_an_aieco_run_elsewhere_has_no_job_and_goes_on(cluster: FakeKubernetes, instance: dg.DagsterInstance):
    run = instance.create_run_for_job(job, tags={**run_tags(), HOST_TAG: "another-pod"})
    for kind in (dg.DagsterEventType.PIPELINE_STARTING, dg.DagsterEventType.PIPELINE_START):
        instance.report_dagster_event(dg.DagsterEvent(kind.value, job.name), run.run_id)
    assert after_monitoring(instance, run.run_id) == (STARTED, "")
    assert cluster.jobs == {}


def test_a_pod_that_starts_slowly_is_left_and_one_that_died_as_it_started_is_not(
    cluster: FakeKubernetes, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("aieco_assets.defs.run_workers.START_SECONDS", 0)  # of processes, which pods are not
    run_id = launched(instance, STARTING)
    run = instance.get_run_by_id(run_id)
    instance.report_engine_event("Started process for run", run, EngineEventData.in_process(2**22))  # of its pod
    assert end_killed_starts(instance) == []
    cluster.end(137, "OOMKilled")
    assert end_killed_starts(instance) == [run_id]
    status, message = told(instance, run_id)
    assert status == FAILURE
    assert message.startswith("Before it had started: out of memory: pod ")


def test_a_run_whose_job_is_about_to_be_made_is_left(cluster: FakeKubernetes, instance: dg.DagsterInstance):
    run_id = launched(instance, STARTING)
    cluster.jobs.clear()  # Dagster says STARTING first, and asks for the job then
    assert end_killed_starts(instance) == []
    assert told(instance, run_id)[0] == STARTING


def test_the_sensor_does_not_take_a_pod_s_process_for_one_of_its_own(
    cluster: FakeKubernetes, instance: dg.DagsterInstance
):
    run_id = launched(instance)
    instance.add_run_tags(run_id, {GRPC_INFO_TAG: json.dumps({"host": "aieco-code-aieco", "port": 4000})})
    run = instance.get_run_by_id(run_id)
    instance.report_engine_event("Started process for run", run, EngineEventData.in_process(2**22))
    assert end_killed_starts(instance) == []
    assert after_monitoring(instance, run_id) == (STARTED, "")


def test_a_run_that_is_ended_by_a_person_takes_its_job_along(cluster: FakeKubernetes, instance: dg.DagsterInstance):
    run_id = launched(instance)
    assert instance.run_launcher.terminate(run_id)
    assert (cluster.jobs, cluster.pods) == ({}, {})
