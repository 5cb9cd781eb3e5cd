"""Hours in which nobody is to be disturbed: `22:00-06:00` (UTC), `22:00-06:00 Europe/Berlin`, over midnight or not."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, available_timezones

_HOUR = r"(?:[01]\d|2[0-3]):[0-5]\d"


def checked(value: str) -> str:
    """The hours (UTC) as they were written. Raises ValueError for what are none."""
    if not re.fullmatch(f"{_HOUR}-{_HOUR}", value) or value[:5] == value[6:]:
        raise ValueError(f"{value} is no time of night: write it as 22:00-06:00")
    return value


def checked_with_zone(value: str) -> str:
    """The same, with an IANA time zone behind a blank or without."""
    hours, _, zone = value.partition(" ")
    checked(hours)
    if zone and zone not in available_timezones():
        raise ValueError(f"there is no time zone {zone}: write it as 22:00-06:00 Europe/Berlin")
    return value


def after_quiet_hours(hours: str | None, now: datetime) -> datetime:
    """When they end (UTC), if they are now; else now. Without hours: now."""
    if not hours:
        return now
    span, _, name = hours.partition(" ")
    zone = ZoneInfo(name) if name else timezone.utc
    start, end = (time.fromisoformat(part) for part in span.split("-"))
    local = now.astimezone(zone)
    clock = local.time()
    if not (start <= clock < end if start < end else clock >= start or clock < end):
        return now
    ends = _moment(local, end, zone)
    return ends if ends > now else _moment(local + timedelta(days=1), end, zone)


def _moment(day: datetime, clock: time, zone: tzinfo) -> datetime:
    """The later one where clocks are set back or forth: until it nobody is disturbed."""
    local = datetime.combine(day.date(), clock, zone)
    return max(local.replace(fold=fold).astimezone(timezone.utc) for fold in (0, 1))
