"""Signals written by hand, and the policies of a literal file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone

from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.monitoring.signals import write_signals
from aieco_assets.core.policy.files import read_policies, together
from aieco_assets.core.policy.schema import Policy
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

FIRST = date(2026, 3, 1)
DRIFT = """
policies:
  - name: retrain_on_drift
    triggers: [{metric: drift_share, above: 0.5, windows: 4, failureLimit: 2, minimumSample: 10}]
    actions: [{retrain: churn}, {notify: Customers have drifted.}]
    guards: {coolDown: 30d}
"""


def policies_of(text: str = DRIFT) -> tuple[Policy, ...]:
    return together([read_policies(text, "literal.yaml")])


def measured(
    settings: Settings, shares: Mapping[date, float | None], metric: str = "drift_share", entity: str = "customer_rfm"
) -> None:
    """Days with their one signal, on 100 of whatever it is measured on; None: a day without it."""
    with connect(settings.warehouse) as connection:
        for day, share in shares.items():
            write_signals(connection, day, [] if share is None else [Signal(metric, entity, share, 100)])


def morning_after(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), timezone.utc) + timedelta(minutes=30)
