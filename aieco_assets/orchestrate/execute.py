"""Executing the phases of a plan: one Dagster run each, two at a time where the graph allows it."""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock
from typing import Any

from dagster._core.execution.api import execute_run
from dagster._core.storage.tags import (
    ASSET_PARTITION_RANGE_END_TAG,
    ASSET_PARTITION_RANGE_START_TAG,
    MAX_RETRIES_TAG,
)

from aieco_assets.core.stack.run_process import run_tags
from aieco_assets.orchestrate.instance import Workplace
from aieco_assets.orchestrate.outcomes import AssetOutcome, Failure, Listener, Outcome, run_log
from aieco_assets.orchestrate.phase_board import PhaseBoard
from aieco_assets.orchestrate.phases import Phase, side_by_side
from aieco_assets.orchestrate.plan import Plan
from aieco_assets.orchestrate.progress import RunProgress
from aieco_assets.orchestrate.second_process import SecondProcess

# Dagster's console logger would bury the progress display; everything it says is kept in the event log.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def execute(
    workplace: Workplace,
    plan: Plan,
    listen: Listener = lambda event, outcome: None,
    side: SecondProcess | None = None,
) -> Outcome:
    """Run the phases; those that wait for a failed one are skipped, the others go on.

    This process works through them; where two can run at a time a second process takes every other one: `side`, if
    it was begun before. `listen` may be called from two threads, never at the same time.
    """
    order = [key for key in workplace.graph.toposorted_asset_keys if key in plan.keys]
    outcome = Outcome({key.to_user_string(): AssetOutcome(key.to_user_string()) for key in order})
    telling = Lock()

    def tell(event: str, asset: AssetOutcome) -> None:
        with telling:
            if asset.key in outcome.assets and event != "warned":
                outcome.assets[asset.key] = asset
            listen(event, asset)

    board = PhaseBoard(plan.phases)
    with ExitStack() as stack:
        if side_by_side(plan.phases):
            (side or stack.enter_context(SecondProcess(run_log(workplace.settings.home)))).work(board, tell)
        while (index := board.take()) is not None:
            board.finish(index, execute_phase(workplace, plan.phases[index], tell))
    outcome.error = board.failure
    for index, phase in enumerate(plan.phases):
        for key in phase.keys:
            asset = outcome.assets[key.to_user_string()]
            if asset.status in ("waiting", "running"):
                asset.status = "materialized" if index in board.succeeded else "skipped"
    return outcome


def execute_phase(workplace: Workplace, phase: Phase, listen: Listener) -> Failure | None:
    """One Dagster run in this process; the first failure in it, None when there was none."""
    job = workplace.definitions.get_repository_def().get_implicit_job_def_for_assets(list(phase.keys))
    assert job is not None, "a phase holds one partitioning"
    repository = _reconstructable(job.name)
    run = workplace.instance.create_run_for_job(
        job,
        asset_selection=set(phase.keys),
        run_config=QUIET,
        tags={**run_tags(), MAX_RETRIES_TAG: "0"},  # whoever ran it runs it again
        job_code_origin=repository.get_python_origin(),
    )
    if phase.partition_range:
        # Given at creation, a range makes Dagster write one "planned" event per asset and partition, one by one:
        # a year of days took four minutes before the first step.
        start, end = phase.partition_range
        range_tags = {ASSET_PARTITION_RANGE_START_TAG: start, ASSET_PARTITION_RANGE_END_TAG: end}
        workplace.instance.add_run_tags(run.run_id, range_tags)
        run = run.with_tags({**run.tags, **range_tags})
    progress = RunProgress((key.to_user_string() for key in phase.keys), listen)
    workplace.instance.add_event_listener(run.run_id, progress)
    result = execute_run(repository, run, workplace.instance)
    if not result.success and progress.failure is None:
        return "run", f"Dagster run {run.run_id} failed: see it in `aieco up`."
    return progress.failure


def _reconstructable(job_name: str) -> Any:
    from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository

    repository = ReconstructableRepository.for_module("aieco_assets.definitions", "defs")
    return ReconstructableJob(repository=repository, job_name=job_name)
