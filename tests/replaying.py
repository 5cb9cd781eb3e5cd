"""Signals day by day as every midnight computes them, and what the shipped policies decide on them."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from aieco_assets.core.monitoring.drift import drift_report
from aieco_assets.core.monitoring.model_drift import model_drift
from aieco_assets.core.monitoring.signals import record_signals
from aieco_assets.core.policy.decide import ACTED
from aieco_assets.core.policy.files import SHIPPED, read_policies, together
from aieco_assets.core.policy.replay import replay
from aieco_assets.core.settings import Settings

POLICIES = together([read_policies(path.read_text(), path.name) for path in sorted(SHIPPED.glob("*.yaml"))])


def measured(settings: Settings, first: date, last: date) -> None:
    """Drift and signals of each of the days."""
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        model_drift(settings, day)
        drift_report(settings, day)
        record_signals(settings, day)


def acts(settings: Settings, last: date, days: int) -> list[tuple[date, str, list[str]]]:
    """(day, policy, kinds of its actions) of what would have been done, or waited for a person, on measured days."""
    now = datetime.combine(last + timedelta(days=1), datetime.min.time(), timezone.utc)
    found = [one.decision for one in replay(settings, POLICIES, days, now)]
    assert {one.day for one in found} == {last - timedelta(days=number) for number in range(days)}
    return [(one.day, one.policy, [action.kind for action in one.actions]) for one in found if one.outcome in ACTED]
