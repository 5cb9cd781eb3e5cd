"""Times as files write them, and the rule by which a time with an offset has its day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import polars as pl
import pytest

from aieco_assets.core.retail.lines.times import as_times
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Written

MORNING = datetime(2010, 12, 31, 8, 26)


def times(*values: Any, **written: Any) -> list[datetime | None]:
    found, _ = as_times(pl.Series(values), "sold", Written.model_validate(written))
    assert found.dtype == pl.Datetime("us")
    return found.to_list()


@pytest.mark.parametrize(
    "text",
    [
        "2010-12-31 08:26:00",
        "2010-12-31 8:26",
        "2010-12-31T08:26:00.500",
        "2010-12-31T08:26:00,5",
        " 2010-12-31 08:26:00 ",
        "31.12.2010 08:26",
        "31.12.10 08:26:00",
        "31/12/2010 08:26",
        "12/31/2010 8:26 AM",
        "31-12-2010 08:26",
        "2010/12/31 08:26:00",
        "31 Dec 2010 08:26",
        "31 December 2010 08:26",
        "Dec 31, 2010 08:26",
        "40543.3513889",
        "1293783960",
        "1293783960000",
    ],
)
def test_a_moment_in_the_ways_that_people_and_programs_write_it(text: str):
    assert times(text) == [MORNING]


def test_a_day_without_an_hour_begins_at_midnight():
    assert times("2010-12-31", "2011-01-01 08:00:00") == [datetime(2010, 12, 31), datetime(2011, 1, 1, 8)]
    assert times("31.12.2010") == [datetime(2010, 12, 31)]
    assert times(date(2010, 12, 31)) == [datetime(2010, 12, 31)]


def test_the_file_tells_whether_the_day_or_the_month_comes_first():
    assert times("01/12/2010 08:26", "31/12/2010 08:26")[0] == datetime(2010, 12, 1, 8, 26)
    assert times("01/12/2010 08:26", "12/31/2010 08:26")[0] == datetime(2010, 1, 12, 8, 26)


def test_days_that_may_be_two_are_refused_until_the_mapping_says():
    with pytest.raises(UnreadableFile, match=r"sold is '01/12/2010', where the day may come first or the month"):
        times("01/12/2010", "02/12/2010")
    assert times("01/12/2010", date_format="%d/%m/%Y") == [datetime(2010, 12, 1)]
    assert times("01/12/2010", date_format="%m/%d/%Y") == [datetime(2010, 1, 12)]
    assert times("03/03/2010") == [datetime(2010, 3, 3)]  # either way the same


def test_one_odd_value_does_not_change_how_the_others_are_read():
    assert times("2010-12-31 08:26:00", "01/12/2010 08:26", "2010-12-31 08:26:00") == [MORNING, None, MORNING]
    assert times("31.12.2010 08:26", "soon", "30.12.2010 08:26")[:2] == [MORNING, None]


@pytest.mark.parametrize("text", ["", "soon", "2010-13-01 08:26:00", "2010-02-30", "2010-12-31 25:00", "7"])
def test_what_is_no_time_is_none(text: str):
    assert times("2010-12-31 08:26:00", text) == [MORNING, None]


def test_without_a_zone_the_clock_that_it_was_written_by_counts():
    assert times("2010-12-31T23:30:00Z", "2010-12-31T23:30:00-05:00") == [datetime(2010, 12, 31, 23, 30)] * 2


def test_with_a_zone_an_offset_is_told_by_its_clocks_in_summer_and_winter():
    berlin = {"time_zone": "Europe/Berlin"}
    assert times("2010-12-31T23:30:00Z", "2010-07-31T22:30:00.000+00:00", **berlin) == [
        datetime(2011, 1, 1, 0, 30),
        datetime(2010, 8, 1, 0, 30),
    ]
    assert times("2010-12-31T18:30:00-0500", "2010-12-31 18:30:00 -05", **berlin) == [datetime(2011, 1, 1, 0, 30)] * 2
    # The shop's own clock needs no telling.
    assert times("2010-12-31 23:30:00", **berlin) == [datetime(2010, 12, 31, 23, 30)]


def test_times_of_typed_files_follow_the_same_rule():
    moment = datetime(2010, 12, 31, 23, 30, 0, 999_999, timezone.utc)
    assert times(moment) == [datetime(2010, 12, 31, 23, 30)]
    assert times(moment, time_zone="Europe/Berlin") == [datetime(2011, 1, 1, 0, 30)]
    assert times(1293783960) == [MORNING]
    assert times(1293783960, time_zone="Europe/Berlin") == [MORNING + timedelta(hours=1)]
