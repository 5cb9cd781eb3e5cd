"""What a run is cut into, from literal days."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.covered_days import Days
from aieco_assets.defs.asset_status import rows_of
from aieco_assets.defs.catalog import LATEST_TAG, TODAY
from aieco_assets.defs.partitions import as_of, daily, month_ends, month_key
from aieco_assets.defs.ranges import day_range, left_out, month_range
from aieco_assets.orchestrate.commands import _parse_range
from aieco_assets.orchestrate.plan import _phases
from aieco_assets.orchestrate.progress import one_sentence

YEAR = Days(date(2010, 12, 1), date(2011, 9, 30))


def test_a_first_run_covers_every_day_and_every_complete_month() -> None:
    days = Days(date(2010, 12, 1), date(2011, 9, 30), date(2010, 12, 1), date(2011, 9, 30))
    assert day_range(days, everything=False) == ("2010-12-01", "2011-09-30")
    assert month_range(days, everything=False) == ("2010-12", "2011-09")


def test_a_month_that_has_not_ended_is_left_out() -> None:
    days = Days(date(2011, 1, 4), date(2011, 3, 30))
    assert month_range(days, everything=True) == ("2011-01", "2011-02")


def test_no_complete_month_means_no_range() -> None:
    assert month_range(Days(date(2011, 1, 4), date(2011, 1, 30)), everything=True) is None


def test_an_asset_of_months_is_left_out_until_one_is_complete() -> None:
    monthly, unpartitioned = SimpleNamespace(partitions_def=month_ends), SimpleNamespace(partitions_def=None)
    young = Days(date(2026, 11, 1), date(2026, 11, 24))
    assert left_out(monthly, young) == "no month is complete yet (sales from 2026-11-01 to 2026-11-24)"
    assert left_out(unpartitioned, young) is None
    assert left_out(monthly, Days(date(2026, 10, 7), date(2026, 11, 24))) is None
    assert left_out(monthly, Days(None, None)) == "no month is complete yet"


def test_a_corrected_day_redoes_that_day_and_the_month_ends_that_may_read_it() -> None:
    days = Days(date(2010, 12, 1), date(2011, 9, 30), date(2011, 7, 4), date(2011, 7, 4), date(2011, 9, 30))
    assert day_range(days, everything=False) == ("2011-07-04", "2011-07-04")
    assert month_range(days, everything=False) == ("2011-07", "2011-09")


def test_a_new_day_after_the_last_month_end_redoes_the_last_month_only() -> None:
    days = Days(date(2010, 12, 1), date(2011, 10, 3), date(2011, 10, 3), date(2011, 10, 3), date(2011, 9, 30))
    assert month_range(days, everything=False) == ("2011-09", "2011-09")


def test_a_month_that_a_later_day_shows_to_have_ended_is_made_although_no_day_of_it_changed() -> None:
    first = Days(date(2010, 12, 25), date(2011, 1, 14), date(2011, 1, 14), date(2011, 1, 14))
    assert month_range(first, everything=False) == ("2010-12", "2010-12")
    later = Days(date(2010, 12, 1), date(2011, 3, 2), date(2011, 3, 2), date(2011, 3, 2), last_as_of=date(2011, 1, 31))
    assert month_range(later, everything=False) == ("2011-02", "2011-02")


def test_features_made_beyond_the_last_day_are_made_again_when_a_day_before_them_changes() -> None:
    days = Days(date(2010, 12, 1), date(2011, 2, 3), date(2011, 1, 4), date(2011, 1, 4), last_as_of=date(2011, 3, 31))
    assert month_range(days, everything=False) == ("2011-01", "2011-03")


@dg.asset(partitions_def=daily)
def landed() -> None: ...


@dg.asset(partitions_def=daily, tags={LATEST_TAG: TODAY}, deps=[landed])
def measured() -> None: ...


@pytest.mark.parametrize(
    ("selected", "ranges"),
    [
        ({"measured"}, {"measured": ("2026-10-25", "2026-11-26")}),
        (
            {"landed", "measured"},
            {"landed": ("2026-10-25", "2026-11-26"), "measured": ("2026-11-26", "2026-11-26")},
        ),
    ],
    ids=["alone", "beside others"],
)
def test_days_that_are_asked_of_signals_alone_are_all_made(selected: set[str], ranges: dict) -> None:
    workplace: Any = SimpleNamespace(graph=dg.Definitions([landed, measured]).resolve_asset_graph())
    asked = ("2026-10-25", "2026-11-26")
    plan = _phases(workplace, map(dg.AssetKey, selected), {}, YEAR, everything=True, asked=asked)
    found = {key.to_user_string(): phase.partition_range for phase in plan.phases for key in phase.keys}
    assert found == ranges


@pytest.mark.parametrize(
    ("day", "key"),
    [("2011-09-30", "2011-09"), ("2011-09-29", "2011-08"), ("2012-02-29", "2012-02"), ("2012-01-01", "2011-12")],
)
def test_the_last_month_end_on_or_before_a_day(day: str, key: str) -> None:
    assert month_key(date.fromisoformat(day)) == key


@pytest.mark.parametrize(
    ("key", "day"), [("2011-12", "2011-12-31"), ("2012-02", "2012-02-29"), ("2011-02", "2011-02-28")]
)
def test_a_month_key_means_its_last_day(key: str, day: str) -> None:
    assert as_of(key).isoformat() == day


@pytest.mark.parametrize("text", ["yesterday", "...", "2011-01-02...2011-01-01", "2011-01-01..2011-01-02"])
def test_a_range_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AiecoError, match=r"first\.\.\.last"):
        _parse_range(text)


def test_a_failure_is_told_by_the_sentence_at_its_root() -> None:
    from dagster_shared.error import SerializableErrorInfo

    root = SerializableErrorInfo(
        "aieco_assets.core.errors.AiecoError: /x holds no .csv files: set AIECO_TRANSACTIONS.\n", [], "AiecoError"
    )
    assert one_sentence(SerializableErrorInfo("DagsterExecutionStepExecutionError: step\n", [], "D", cause=root)) == (
        "/x holds no .csv files: set AIECO_TRANSACTIONS."
    )


def test_rows_are_read_from_the_names_that_assets_and_dbt_give_them() -> None:
    assert rows_of({"dagster/row_count": dg.IntMetadataValue(7)}) == 7
    assert rows_of({"bytes": dg.IntMetadataValue(7)}) is None
