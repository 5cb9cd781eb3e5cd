"""Signals of the platform's own work, from plain rows: whoever runs it says what was made, checked and run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from statistics import median

from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.monitoring.signal_catalogue import METRICS, PLATFORM
from aieco_assets.core.monitoring.signals_service import REFERENCE_DAYS


@dataclass(frozen=True)
class Made:
    """When an asset was made last before the day ended, and the age at which it is stale."""

    asset: str
    made_at: datetime
    stale_after: timedelta


@dataclass(frozen=True)
class Ran:
    """A run that ended. `seconds`: from start to end."""

    job: str
    ended_at: datetime
    seconds: float
    succeeded: bool


@dataclass(frozen=True)
class Operations:
    """`checks`: the last result of each check that was made on the day. `runs`: those of the day and of the
    REFERENCE_DAYS before it."""

    made: Sequence[Made] = ()
    checks: Sequence[bool] = ()
    runs: Sequence[Ran] = ()


def of_operations(operations: Operations, day: date) -> Iterator[Signal]:
    """Nothing of what there was none of."""
    begins = datetime.combine(day, time.min, timezone.utc)
    ends = begins + timedelta(days=1)
    ages = {one.asset: (ends - one.made_at, one.stale_after) for one in operations.made}
    for asset, (age, stale_after) in ages.items():
        yield Signal("asset_lag_hours", asset, _hours(age), 1, _hours(stale_after))
    if ages:
        stale = sum(age > stale_after for age, stale_after in ages.values())
        yield Signal("stale_share", PLATFORM, stale / len(ages), len(ages))
    if checks := operations.checks:
        yield Signal("failed_check_share", PLATFORM, checks.count(False) / len(checks), len(checks))
    today = [run for run in operations.runs if begins <= run.ended_at < ends]
    before = [run for run in operations.runs if begins - timedelta(days=REFERENCE_DAYS) <= run.ended_at < begins]
    if today:
        yield Signal("failed_run_share", PLATFORM, sum(not run.succeeded for run in today) / len(today), len(today))
    for job in METRICS["run_seconds"].entities:
        seconds, then = ([run.seconds for run in runs if run.job == job and run.succeeded] for runs in (today, before))
        if seconds:
            yield Signal("run_seconds", job, median(seconds), len(seconds), median(then) if then else None)


def _hours(time: timedelta) -> float:
    return time.total_seconds() / 3600
