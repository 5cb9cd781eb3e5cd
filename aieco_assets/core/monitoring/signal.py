"""One measured value of a day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Signal:
    """Value of a metric on an entity. `reference`: what it is compared with, None for nothing.

    core/monitoring/signal_catalogue.py says what the metric is, its unit, and what `sample_size` counts.
    """

    metric: str
    entity: str
    value: float
    sample_size: int
    reference: float | None = None
