"""Executing a plan in this process, with each asset's outcome reported as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster._core.execution.api import execute_run
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from aieco_assets.orchestrate.instance import Workplace, run_tags
from aieco_assets.orchestrate.plan import Phase, Plan

# Dagster's console logger would bury the progress display; everything it says is kept in the event log.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass
class AssetOutcome:
    """One line of `aieco run --json`."""

    key: str
    status: str = "waiting"
    seconds: float = 0.0
    rows: int | None = None
    reason: str = ""


@dataclass
class Outcome:
    """What became of a plan. `error` is the first failure: asset or check, and one sentence."""

    assets: dict[str, AssetOutcome]
    error: tuple[str, str] | None = None
    run_ids: list[str] = field(default_factory=list)

    @property
    def success(self) -> bool:
        return self.error is None


Listener = Callable[[str, AssetOutcome], None]


def execute(workplace: Workplace, plan: Plan, listen: Listener = lambda event, outcome: None) -> Outcome:
    """Run the phases in order; stops at the first that fails.

    `listen` is called with "started", "finished" or "failed" and the asset's outcome so far.
    """
    order = [key for key in workplace.graph.toposorted_asset_keys if key in plan.keys]
    outcome = Outcome({key.to_user_string(): AssetOutcome(key.to_user_string()) for key in order})
    for phase in plan.phases:
        _execute_phase(workplace, phase, outcome, listen)
        if not outcome.success:
            break
    for asset in outcome.assets.values():
        if asset.status in ("waiting", "running"):
            asset.status = "skipped" if outcome.error else "materialized"
    return outcome


def _execute_phase(workplace: Workplace, phase: Phase, outcome: Outcome, listen: Listener) -> None:
    job = workplace.definitions.get_repository_def().get_implicit_job_def_for_assets(list(phase.keys))
    assert job is not None, "a phase holds one partitioning"
    repository = _reconstructable(job.name)
    run = workplace.instance.create_run_for_job(
        job,
        asset_selection=set(phase.keys),
        run_config=QUIET,
        tags=run_tags(),
        job_code_origin=repository.get_python_origin(),
    )
    if phase.partition_range:
        # Given at creation, a range makes Dagster write one "planned" event per asset and partition, one by one:
        # a year of days took four minutes before the first step.
        start, end = phase.partition_range
        range_tags = {ASSET_PARTITION_RANGE_START_TAG: start, ASSET_PARTITION_RANGE_END_TAG: end}
        workplace.instance.add_run_tags(run.run_id, range_tags)
        run = run.with_tags({**run.tags, **range_tags})
    outcome.run_ids.append(run.run_id)
    progress = _Progress(outcome, listen)
    workplace.instance.add_event_listener(run.run_id, progress)
    result = execute_run(repository, run, workplace.instance)
    if not result.success and outcome.error is None:
        outcome.error = ("run", f"Dagster run {run.run_id} failed: see it in `aieco up`.")


def _reconstructable(job_name: str) -> Any:
    from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository

    repository = ReconstructableRepository.for_module("aieco_assets.definitions", "defs")
    return ReconstructableJob(repository=repository, job_name=job_name)


class _Progress:
    """Follows one run's events. Steps of a dbt command make several assets: each is timed by its own event."""

    def __init__(self, outcome: Outcome, listen: Listener) -> None:
        self.outcome, self.listen = outcome, listen
        self.last = time.monotonic()

    def __call__(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None:
            return
        if event.is_step_start:
            self.last = time.monotonic()
            self._step_started(event)
        elif event.is_step_materialization:
            self._materialized(event)
        elif event.is_step_failure:
            self._failed(event)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._checked(event)

    def _step_started(self, event: Any) -> None:
        key = str(event.step_key).replace("__", "/", 1)
        if (asset := self.outcome.assets.get(key)) is not None:
            asset.status = "running"
            self.listen("started", asset)

    def _materialized(self, event: Any) -> None:
        materialization = event.step_materialization_data.materialization
        asset = self.outcome.assets.get(materialization.asset_key.to_user_string())
        if asset is None or asset.status == "materialized":
            return
        now = time.monotonic()
        asset.status, asset.seconds = "materialized", now - self.last
        self.last = now
        asset.rows = rows_of(materialization.metadata)
        self.listen("finished", asset)

    def _checked(self, event: Any) -> None:
        evaluation = event.event_specific_data
        blocking = evaluation.severity == dg.AssetCheckSeverity.ERROR
        if evaluation.passed or not blocking or self.outcome.error:
            return
        key = evaluation.asset_key.to_user_string()
        description = evaluation.description or "see its metadata in `aieco up`"
        self.outcome.error = (key, f"check {evaluation.check_name} failed: {description}")
        asset = self.outcome.assets.get(key) or AssetOutcome(key)
        asset.status, asset.reason = "failed", self.outcome.error[1]
        self.listen("failed", asset)

    def _failed(self, event: Any) -> None:
        key = str(event.step_key).replace("__", "/", 1)
        reason = one_sentence(event.step_failure_data.error)
        asset = self.outcome.assets.get(key) or AssetOutcome(key)
        asset.status, asset.reason, asset.seconds = "failed", reason, time.monotonic() - self.last
        if self.outcome.error is None:
            self.outcome.error = (key, reason)
        self.listen("failed", asset)


def rows_of(metadata: dict[str, Any]) -> int | None:
    """The row count among an asset's metadata, by the names that our assets and dagster-dbt give it."""
    for name in ("rows", "dagster/row_count", "dagster/partition_row_count"):
        if name in metadata and isinstance(metadata[name].value, int):
            return metadata[name].value
    return None


def one_sentence(error: Any) -> str:
    """The message of the AiecoError at the root of a step's failure, else the innermost error's first line."""
    innermost = error
    while innermost is not None and innermost.cause is not None and innermost.cls_name != "AiecoError":
        innermost = innermost.cause
    if innermost is None:
        return "no reason was recorded"
    message = innermost.message.strip()
    prefix = f"{innermost.cls_name}: "
    text = message.split(prefix, 1)[1] if prefix in message else message
    return text.splitlines()[0] if text else str(innermost.cls_name)
