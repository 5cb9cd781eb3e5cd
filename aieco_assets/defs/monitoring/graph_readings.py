"""What Dagster has recorded of runs, sensors and schedules, for core/monitoring."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.scheduler.instigation import TickStatus
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.runs.schema import RunsTable

from aieco_assets.core.monitoring.graph_metrics import LastTick, RunCount

_TICKED = [TickStatus.SKIPPED, TickStatus.SUCCESS, TickStatus.FAILURE]
# Dagster's jobs of whatever assets were chosen: their name says nothing.
CHOSEN_ASSETS = "__ASSET_JOB"


def run_counts(instance: dg.DagsterInstance) -> list[RunCount]:
    """By job and status, counted by the database: runs are kept for ever, as they say what was made."""
    runs, ended = RunsTable.c, {status.value for status in FINISHED_STATUSES}
    seconds = sa.func.coalesce(sa.func.sum(runs.end_time - runs.start_time), 0)
    query = sa.select(runs.pipeline_name, runs.status, sa.func.count(), seconds).group_by(
        runs.pipeline_name, runs.status
    )
    storage: Any = instance.run_storage
    with storage.connect() as connection:
        rows = connection.execute(query).fetchall()
    return [
        RunCount(job.strip("_").lower(), status.lower(), count, float(spent) if status in ended else None)
        for job, status, count, spent in rows
    ]


def last_ticks(instance: dg.DagsterInstance) -> list[LastTick]:
    """Of each sensor and schedule that was ever evaluated."""
    found = []
    for state in instance.all_instigator_state():
        ticks = instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1, statuses=_TICKED)
        for tick in ticks:
            at = datetime.fromtimestamp(tick.timestamp, timezone.utc)
            found.append(LastTick(state.instigator_name, at, tick.status == TickStatus.FAILURE))
    return found


def succeeded_at(instance: dg.DagsterInstance, job: str) -> datetime | None:
    """When a run of the job last succeeded."""
    succeeded = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS])
    latest = instance.get_run_records(succeeded, limit=1)
    ended = latest[0].end_time if latest else None
    return datetime.fromtimestamp(ended, timezone.utc) if ended else None
