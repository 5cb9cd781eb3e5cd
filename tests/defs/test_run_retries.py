"""Runs whose retry Dagster's daemon gave up, because their code server was away: they are asked for again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG, WILL_RETRY_TAG
from dagster._core.test_utils import create_test_daemon_workspace_context
from dagster._core.workspace.load_target import EmptyWorkspaceTarget, PythonFileTarget
from dagster._daemon.auto_run_reexecution.auto_run_reexecution import consume_new_runs_for_automatic_reexecution

from aieco_assets.defs.run_retries import ask_again, may_be_taken_up

CODE = """
import dagster as dg

@dg.asset
def one():
    return 1

defs = dg.Definitions([one], jobs=[dg.define_asset_job("remediation", [one])])
"""
LOG = logging.getLogger("test")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    retries = {"enabled": True, "max_retries": 1, "retry_on_asset_or_op_failure": False}
    with dg.instance_for_test(overrides={"run_retries": retries}) as made:
        yield made


@pytest.fixture
def target(tmp_path: Path) -> PythonFileTarget:
    (tmp_path / "code.py").write_text(CODE)
    return PythonFileTarget(str(tmp_path / "code.py"), "defs", str(tmp_path), "code")


def killed_run(instance: dg.DagsterInstance, target: PythonFileTarget) -> dg.DagsterRun:
    """A run of the target's job that is said to have failed while it was at work."""
    with create_test_daemon_workspace_context(target, instance) as process:
        context = process.create_request_context()
        (location,) = context.code_locations
        (repository,) = location.get_repositories().values()
        job = repository.get_full_job("remediation")
        plan = location.get_execution_plan(job, {}, None, None)
        run = instance.create_run(
            job_name=job.name,
            run_id=None,
            run_config={},
            status=dg.DagsterRunStatus.STARTED,
            tags={},
            root_run_id=None,
            parent_run_id=None,
            step_keys_to_execute=None,
            execution_plan_snapshot=plan.execution_plan_snapshot,
            job_snapshot=job.job_snapshot,
            parent_job_snapshot=job.parent_job_snapshot,
            asset_selection=None,
            asset_check_selection=None,
            resolved_op_selection=None,
            op_selection=None,
            remote_job_origin=job.get_remote_origin(),
            job_code_origin=job.get_python_origin(),
            asset_graph=repository.asset_graph,
        )
    instance.report_run_failed(run, "Its process was killed.")
    return found(instance, run)


def found(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRun:
    now = instance.get_run_by_id(run.run_id)
    assert now is not None
    return now


def consume(instance: dg.DagsterInstance, target: PythonFileTarget | EmptyWorkspaceTarget, run: dg.DagsterRun) -> None:
    """What the daemon does for each event that says that a run has failed."""
    record = instance.get_run_record_by_id(run.run_id)
    assert record is not None
    with create_test_daemon_workspace_context(target, instance) as process:
        list(consume_new_runs_for_automatic_reexecution(process, [record], LOG))


def test_a_run_whose_retry_found_no_code_server_is_asked_for_again_and_then_taken_up(
    instance: dg.DagsterInstance, target: PythonFileTarget
) -> None:
    run = killed_run(instance, target)
    assert may_be_taken_up(instance, run)
    consume(instance, EmptyWorkspaceTarget(), run)
    given_up = found(instance, run)
    assert given_up.tags[WILL_RETRY_TAG] == "false"
    assert may_be_taken_up(instance, given_up)

    assert ask_again(instance) == [run.run_id]

    assert found(instance, run).tags[WILL_RETRY_TAG] == "true"
    assert ask_again(instance) == []
    consume(instance, target, run)
    assert AUTO_RETRY_RUN_ID_TAG in found(instance, run).tags
    assert len(instance.get_runs()) == 2
    assert ask_again(instance) == []


def test_one_that_is_never_taken_up_is_given_up_at_last(instance: dg.DagsterInstance, target: PythonFileTarget) -> None:
    run = killed_run(instance, target)
    asked = 0
    for _ in range(8):
        consume(instance, EmptyWorkspaceTarget(), run)
        asked += len(ask_again(instance))
    assert asked == 5
    assert not may_be_taken_up(instance, found(instance, run))


def test_a_run_that_is_not_to_be_retried_is_not_asked_for(instance: dg.DagsterInstance) -> None:
    tags = {WILL_RETRY_TAG: "false"}
    failed = instance.add_run(dg.DagsterRun(job_name="one", status=dg.DagsterRunStatus.FAILURE, tags=tags))
    canceled = instance.add_run(dg.DagsterRun(job_name="one", status=dg.DagsterRunStatus.CANCELED))
    assert ask_again(instance) == []
    assert [may_be_taken_up(instance, run) for run in (failed, canceled)] == [False, False]
