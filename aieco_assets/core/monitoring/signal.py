"""One measured value of a day, and what is said of each metric."""

from __future__ import annotations

from collections.abc import Sequence
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


@dataclass(frozen=True)
class Metric:
    """`low` and `high`: the least and the most that it can be. `entities`: what it is measured on.

    `raised_by`: the action that makes it larger by being taken, empty for most.
    """

    name: str
    description: str
    unit: str
    low: float
    high: float
    entities: Sequence[str]
    sample: str  # what `sample_size` counts
    raised_by: str = ""
