"""Signals of the platform's own work, from literal rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import dagster as dg
import pytest

from aieco_assets.core.monitoring.signals_operations import Made, Operations, Ran, of_operations
from aieco_assets.defs.monitoring.operations import operations_of

DAY = date(2026, 3, 5)
NOON = datetime(2026, 3, 5, 12, tzinfo=timezone.utc)
STALE = timedelta(hours=36)


def found(operations: Operations) -> dict[tuple[str, str], tuple[float, int, float | None]]:
    return {
        (one.metric, one.entity): (one.value, one.sample_size, one.reference) for one in of_operations(operations, DAY)
    }


def test_an_asset_is_as_old_as_it_is_when_the_day_ends() -> None:
    signals = found(
        Operations(
            made=[
                Made("lake/documents", NOON, STALE),
                Made("models/clv", NOON - timedelta(days=2), STALE),
            ]
        )
    )
    assert signals["asset_lag_hours", "lake/documents"] == (12, 1, 36)
    assert signals["asset_lag_hours", "models/clv"] == (60, 1, 36)
    assert signals["stale_share", "platform"] == (0.5, 2, None)


def test_checks_and_runs_that_failed_are_shares_of_those_there_were() -> None:
    runs = [
        Ran("retail_day", NOON, 30, True),
        Ran("retail_day", NOON, 50, True),
        Ran("retail_day", NOON, 1, False),
        Ran("other", NOON, 5, True),
        *(Ran("retail_day", NOON - timedelta(days=days), 20, True) for days in (1, 2, 28)),
        Ran("retail_day", NOON - timedelta(days=29), 900, True),  # before what it is compared with
        Ran("retail_day", NOON + timedelta(days=1), 900, True),
    ]
    signals = found(Operations(checks=[True, False, True, True], runs=runs))
    assert signals["failed_check_share", "platform"] == (0.25, 4, None)
    assert signals["failed_run_share", "platform"] == (0.25, 4, None)
    assert signals["run_seconds", "retail_day"] == (40, 2, 20)


def test_what_nobody_made_checked_or_ran_has_no_signal() -> None:
    assert found(Operations()) == {}


@dg.asset(key=["lake", "documents"])
def documents() -> None: ...


@dg.asset_check(asset=["lake", "documents"])
def holds(context) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed="broken" not in context.run.tags)


@dg.asset(key=["lake", "failing"])
def failing() -> None:
    raise ValueError("it fails")


def test_dagster_says_what_was_made_checked_and_run_on_the_day() -> None:
    today = datetime.now(timezone.utc).date()
    with dg.instance_for_test() as instance:
        dg.materialize([documents, holds], instance=instance)
        dg.materialize([documents, holds], instance=instance, tags={"broken": "yes"})
        dg.materialize([failing], instance=instance, raise_on_error=False)

        seen = operations_of(instance, today)
        assert [(one.asset, one.stale_after) for one in seen.made] == [("lake/documents", STALE)]
        assert list(seen.checks) == [False]  # the last result of the day
        assert sorted(run.succeeded for run in seen.runs) == [False, True, True]
        assert all(run.seconds >= 0 for run in seen.runs)
        yesterday = operations_of(instance, today - timedelta(days=1))
        assert (list(yesterday.made), list(yesterday.checks), list(yesterday.runs)) == ([], [], [])


@pytest.mark.parametrize("hours", [0, 36])
def test_an_asset_is_stale_after_its_time_and_not_at_it(hours: int) -> None:
    ended = datetime(2026, 3, 6, tzinfo=timezone.utc)
    signals = found(Operations(made=[Made("models/clv", ended - timedelta(hours=hours), STALE)]))
    assert signals["stale_share", "platform"][0] == 0
