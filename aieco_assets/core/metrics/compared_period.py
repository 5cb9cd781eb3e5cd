"""The period that another is held against: the month before, the same quarter of last year."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from functools import partial

from aieco_assets.core.metrics.date_expressions import back, ends_month
from aieco_assets.core.metrics.periods import Days, Period

_UNIT = "(?:week|month|quarter|half|year|period)"
_YEAR_AGO = "(?:last year|the year before|the previous year|the prior year|a year (?:earlier|before|ago)|previous year)"
BASE = (
    rf"(?:the )?same (?:day|week|month|quarter|half|period|time) (?:of |in )?{_YEAR_AGO}|a year (?:earlier|before|ago)"
    rf"|the {_UNIT} before(?: that)?|(?:the )?(?:previous|prior|preceding) {_UNIT}|{_UNIT} on {_UNIT}|yoy"
)
_SIZES = {"month": 1, "quarter": 3, "half": 6, "year": 12}


def before(period: Period, base: str) -> Period | None:
    """`base`: one of BASE, "" for the same length before. Its days raise ValueError where there are none such: the
    month before is that of a month alone. None for a period that ends nowhere."""
    days = period.days(date(2011, 12, 9))
    if None in days:
        return None
    return Period(base, False, partial(_before, period, base))


def _before(period: Period, base: str, latest: date, first: date | None = None) -> Days:
    start, end = period.days(latest, first)
    if start is None or end is None:
        raise ValueError("no beginning or end")
    if "year" in base or base == "yoy":
        return back(start, 12), _same_end(end, 12)
    if "week" in base:
        if end - start != timedelta(6):
            raise ValueError("no week")
        return start - timedelta(7), end - timedelta(7)
    size = (end.year - start.year) * 12 + end.month - start.month + 1
    wanted = next((months for unit, months in _SIZES.items() if unit in base), size)
    if start.day != 1 or not ends_month(end) or size != wanted:
        raise ValueError("not of that length")
    return back(start, size), start - timedelta(1)


def _same_end(end: date, months: int) -> date:
    """The last day of a month is that of the other, too."""
    moved = back(end.replace(day=1), months)
    return moved.replace(day=monthrange(moved.year, moved.month)[1]) if ends_month(end) else back(end, months)
