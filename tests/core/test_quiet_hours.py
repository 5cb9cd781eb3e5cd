"""When nobody is disturbed, in UTC and where clocks are set back and forth."""

from __future__ import annotations

from datetime import datetime

import pytest

from aieco_assets.core.quiet_hours import after_quiet_hours


@pytest.mark.parametrize(
    ("hours", "now", "due"),
    [
        ("22:00-06:00", "2026-01-10T23:00+00:00", "2026-01-11T06:00+00:00"),
        ("22:00-06:00 Europe/Berlin", "2026-01-10T21:30+00:00", "2026-01-11T05:00+00:00"),
        ("22:00-06:00 Europe/Berlin", "2026-07-10T21:30+00:00", "2026-07-11T04:00+00:00"),
        ("22:00-06:00 Europe/Berlin", "2026-01-10T05:30+00:00", "2026-01-10T05:30+00:00"),
        ("22:00-06:00 America/New_York", "2026-01-10T04:00+00:00", "2026-01-10T11:00+00:00"),
        # The night in which the clock goes from 2 to 3, and the one in which it goes back.
        ("22:00-06:00 Europe/Berlin", "2026-03-28T23:00+00:00", "2026-03-29T04:00+00:00"),
        ("22:00-02:30 Europe/Berlin", "2026-03-29T00:45+00:00", "2026-03-29T01:30+00:00"),
        ("22:00-02:30 Europe/Berlin", "2026-10-25T00:10+00:00", "2026-10-25T01:30+00:00"),
        ("22:00-02:30 Europe/Berlin", "2026-10-25T01:10+00:00", "2026-10-25T01:30+00:00"),
    ],
)
def test_what_comes_in_quiet_hours_is_due_when_they_end_where_they_are_kept(hours: str, now: str, due: str) -> None:
    assert after_quiet_hours(hours, datetime.fromisoformat(now)) == datetime.fromisoformat(due)
