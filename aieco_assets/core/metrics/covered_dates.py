"""Days that the data has of a period, and what is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aieco_assets.core.contracts import MetricResult
from aieco_assets.core.metrics.date_expressions import ends_month


@dataclass(frozen=True)
class Told:
    """`sure` False: said only when the documents do not answer either."""

    text: str
    metric: MetricResult | None
    sure: bool = True


@dataclass(frozen=True)
class Span:
    """Days that the data has of a period; `clipped`: the period has more. `unit`: the grouping that it is one of."""

    first: date
    last: date
    clipped: bool = False
    unit: str = ""


def whole_unit(first: date, last: date) -> str:
    """`month` of the first and last day of one; "" of days that are none of GROUPINGS."""
    if first == last:
        return "day"
    if first.day != 1 or not ends_month(last):
        return ""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    unit = {1: "month", 3: "quarter", 12: "year"}.get(months, "")
    return unit if unit == "month" or (first.month - 1) % max(months, 1) == 0 else ""
