"""The days next to other days: the month before March, the year after 2024."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from aieco_assets.core.metrics.date_expressions import ends_month

_DAYS_OF = {"day": 1, "week": 7}
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


def next_to(first: date, last: date, unit: str, way: int) -> tuple[date, date]:
    """First and last day, one `unit` earlier (`way` -1) or later (1).

    Whole months stay whole: the month before March has 28 days. A unit that is longer than the days moves them (March a
    year earlier); a shorter one follows on them (the month before 2024). Raises ValueError or
    OverflowError beyond the calendar.
    """
    if size := _DAYS_OF.get(unit):
        days = max(size, (last - first).days + 1)
        return first + timedelta(way * days), last + timedelta(way * days)
    size, months = _MONTHS_OF[unit], (last.year - first.year) * 12 + last.month - first.month + 1
    if first.day > 1 or not ends_month(last):
        return _moved(first, way * size), _moved(last, way * size)
    if size >= months:
        begins, count = _moved(first, way * size), months
    else:
        begins, count = (_moved(first, -size) if way < 0 else last + timedelta(1)), size
    return begins, _moved(begins, count) - timedelta(1)


def _moved(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))
