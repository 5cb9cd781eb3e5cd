"""Hours in which nobody is to be disturbed: `22:00-06:00`, UTC, over midnight or not."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, timezone

_HOUR = r"(?:[01]\d|2[0-3]):[0-5]\d"


def checked(value: str) -> str:
    """The hours as they were written. Raises ValueError for what are none."""
    if not re.fullmatch(f"{_HOUR}-{_HOUR}", value) or value[:5] == value[6:]:
        raise ValueError(f"{value} is no time of night: write it as 22:00-06:00")
    return value


def after_quiet_hours(hours: str | None, now: datetime) -> datetime:
    """When they end, if they are now; else now. Without hours: now."""
    if not hours:
        return now
    start, end = (time.fromisoformat(part) for part in hours.split("-"))
    utc = now.astimezone(timezone.utc)
    clock = utc.time()
    if not (start <= clock < end if start < end else clock >= start or clock < end):
        return now
    ends = datetime.combine(utc.date(), end, timezone.utc)
    return ends if ends > utc else ends + timedelta(days=1)
