"""The signals of a day: what policies decide on, from what is recorded already."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from aieco_assets.core.monitoring import signals_data, signals_labels, signals_models, signals_service
from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.monitoring.signal_catalogue import METRICS
from aieco_assets.core.monitoring.signals_operations import Operations, of_operations
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows

_COLLECTORS: tuple[Callable[[Settings, date], Iterable[Signal]], ...] = (
    signals_service.of_calls,
    signals_data.of_data,
    signals_models.of_models,
    signals_labels.of_labels,
)


@dataclass(frozen=True)
class SignalDay:
    """What was written of a day. `absent`: metrics that nothing was measured of."""

    day: date
    signals: tuple[Signal, ...]

    @property
    def absent(self) -> list[str]:
        return sorted(METRICS.keys() - {signal.metric for signal in self.signals})


def record_signals(settings: Settings, day: date, run_id: str = "", operations: Operations | None = None) -> SignalDay:
    """Measures a day (UTC) and writes monitoring.signals of it, replacing what was there.

    `operations`: what was made, checked and run, from whoever runs the platform; None: nobody says. What can't be
    measured (no calls, no predictions, no labels yet) has no row. Raises AiecoError when Postgres does not answer.
    """
    collected = [one for collect in _COLLECTORS for one in collect(settings, day)]
    collected += of_operations(operations or Operations(), day)
    found = tuple(one for one in collected if math.isfinite(one.value))
    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(64, %s)", (day.toordinal(),))
        write_signals(connection, day, found, run_id)
    return SignalDay(day, found)


def write_signals(connection: Any, day: date, signals: Iterable[Signal], run_id: str = "") -> None:
    """Replaces the signals of a day, and says that the day is measured. Commits nothing."""
    connection.execute("delete from monitoring.signals where day = %s", (day,))
    rows = [(day, one.metric, one.entity, one.value, one.sample_size, one.reference, run_id) for one in signals]
    columns = ("day", "metric", "entity", "value", "sample_size", "reference", "run_id")
    copy_rows(connection, "monitoring.signals", columns, rows)
    connection.execute(
        "insert into monitoring.signal_days (day, signals) values (%s, %s)"
        " on conflict (day) do update set signals = excluded.signals, computed_at = now()",
        (day, len(rows)),
    )


def series(settings: Settings, last: date, days: int) -> dict[tuple[str, str], list[float]]:
    """By metric and entity the values of the days up to `last`, oldest first; NaN where there is none."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select metric, entity, day, value from monitoring.signals where day > %s::date - %s and day <= %s",
            (last, days, last),
        ).fetchall()
    found: dict[tuple[str, str], list[float]] = {}
    for metric, entity, day, value in rows:
        found.setdefault((metric, entity), [math.nan] * days)[days - 1 - (last - day).days] = value
    return found
