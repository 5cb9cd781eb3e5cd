"""Days and times as people write them on a command line."""

from __future__ import annotations

from datetime import date, datetime, time, timezone

from aieco_assets.core.errors import AiecoError


def moment_of(text: str, option: str = "--at") -> datetime:
    """A day means its end, a time without a zone is UTC. Raises AiecoError, which names `option`, for anything else."""
    return _moment(text, option, time.max)


def beginning_of(text: str, option: str) -> datetime:
    """As `moment_of`, but a day means its beginning."""
    return _moment(text, option, time.min)


def _moment(text: str, option: str, of_a_day: time) -> datetime:
    try:
        if len(text) == len("2026-11-01"):
            return datetime.combine(date.fromisoformat(text), of_a_day, timezone.utc)
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return found if found.tzinfo else found.replace(tzinfo=timezone.utc)
    except ValueError:
        raise AiecoError(f"{option} {text!r} is no day or time, such as 2026-11-01 or 2026-11-01T12:00.") from None
