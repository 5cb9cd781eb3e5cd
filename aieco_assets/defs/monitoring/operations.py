"""What Dagster knows of its own work, as the plain rows that signals are computed from."""

from datetime import date, datetime, time, timedelta, timezone
from typing import Any

import dagster as dg
from dagster._core.event_api import AssetRecordsFilter, EventRecordsFilter
from dagster._core.events import DagsterEventType

from aieco_assets.core.monitoring.signals_operations import Made, Operations, Ran
from aieco_assets.core.monitoring.signals_service import REFERENCE_DAYS
from aieco_assets.defs.catalog import FRESHNESS

_ENDED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE]
_MOST_RUNS = 10_000  # of 29 days


def operations_of(instance: dg.DagsterInstance, day: date) -> Operations:
    """As it was at the end of the day (UTC), as far as Dagster still keeps it."""
    begins = datetime.combine(day, time.min, timezone.utc)
    ends = begins + timedelta(days=1)
    return Operations(_made(instance, ends), _checks(instance, begins, ends), _runs(instance, begins, ends))


def _made(instance: dg.DagsterInstance, ends: datetime) -> list[Made]:
    found = []
    for name, policy in FRESHNESS.items():
        key = dg.AssetKey(name.split("/"))
        before = AssetRecordsFilter(asset_key=key, before_timestamp=ends.timestamp())
        for record in instance.fetch_materializations(before, limit=1).records:
            made_at = datetime.fromtimestamp(record.timestamp, timezone.utc)
            found.append(Made(name, made_at, policy.fail_window.to_timedelta()))
    return found


def _checks(instance: dg.DagsterInstance, begins: datetime, ends: datetime) -> list[bool]:
    evaluated = EventRecordsFilter(
        DagsterEventType.ASSET_CHECK_EVALUATION,
        after_timestamp=begins.timestamp(),
        before_timestamp=ends.timestamp(),
    )
    last: dict[Any, bool] = {}
    for record in instance.event_log_storage.get_event_records(evaluated, ascending=True):
        event = record.event_log_entry.dagster_event
        evaluation: Any = event.event_specific_data if event else None
        last[evaluation.asset_check_key] = evaluation.passed
    return list(last.values())


def _runs(instance: dg.DagsterInstance, begins: datetime, ends: datetime) -> list[Ran]:
    since = begins - timedelta(days=REFERENCE_DAYS)
    ended = dg.RunsFilter(statuses=_ENDED, updated_after=since)
    return [
        Ran(
            record.dagster_run.job_name,
            datetime.fromtimestamp(record.end_time, timezone.utc),
            record.end_time - record.start_time,
            record.dagster_run.status is dg.DagsterRunStatus.SUCCESS,
        )
        for record in instance.get_run_records(ended, limit=_MOST_RUNS)
        if record.start_time and record.end_time and record.end_time < ends.timestamp()
    ]
