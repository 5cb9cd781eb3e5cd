"""The partitions that known days make: of days, and of the months that they complete."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aieco_assets.core.retail.covered_days import Days
from aieco_assets.defs.partitions import as_of, daily, month_ends, month_key


def left_out(node: Any, days: Days) -> str | None:
    """Why an asset has no partition to make yet; None when it has, or has no partitions."""
    if node.partitions_def == month_ends and month_range(days, everything=True) is None:
        first = f" (sales from {days.first} to {days.last})" if days.first else ""
        return f"no month is complete yet{first}"
    return "no day yet" if node.partitions_def == daily and days.first is None else None


def day_range(days: Days, everything: bool) -> tuple[str, str] | None:
    first = days.first if everything or days.first_changed is None else days.first_changed
    last = days.last if everything or days.last_changed is None else days.last_changed
    return (first.isoformat(), last.isoformat()) if first and last else None


def month_range(days: Days, everything: bool) -> tuple[str, str] | None:
    """Complete months from the first changed day on, and those that features were made for: they may read that day.

    A month that has ended only now is among them, though no day of it changed.
    """
    if days.first is None or days.last is None:
        return None
    first = days.first
    if not everything and days.first_changed and days.last_as_of:
        first = min(days.first_changed, max(days.first, days.last_as_of + timedelta(days=1)))
    start, end = first.strftime("%Y-%m"), month_key(max(days.last, days.last_as_of or days.last))
    if start > end:
        start = end
    return (start, end) if as_of(end) >= days.first else None
