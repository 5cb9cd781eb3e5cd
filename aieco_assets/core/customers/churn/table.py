"""What the churn model looks at, computed from the customer features, and how each value is said in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# The country is left out: customers can't help it, and the model is judged by it instead.
LIMITS = (
    "Learned from what customers bought, not from why: it says who is likely to stay away, not what would keep them. "
    "Customers who buy less often than once in 90 days count as churned in between."
)


@dataclass(frozen=True)
class Input:
    """One column of the model: unit, and the words for a value (NaN where a customer has none)."""

    name: str
    unit: str
    words: Callable[[float], str]


def _gap(days: float) -> str:
    return "bought on one day only" if math.isnan(days) else f"{days:.0f} days between purchases"


def _silence(times: float) -> str:
    return "never came back" if math.isnan(times) else f"silent for {times:.1f} times the usual gap"


def _purchase_days(repeats: float) -> str:
    return f"bought on {repeats + 1:.0f} day{'' if repeats == 0 else 's'}"


INPUTS = (
    Input("days_since_last", "days", lambda value: f"last bought {value:.0f} days ago"),
    Input("frequency", "repeat purchase days", _purchase_days),
    Input("t_days", "days", lambda value: f"customer for {value:.0f} days"),
    Input("mean_gap", "days", _gap),
    Input("silence", "mean gaps", _silence),
    Input("revenue", "the shop's currency", lambda value: f"spent {value:,.0f} in all"),
    Input("revenue_per_order", "the shop's currency", lambda value: f"{value:,.0f} per order"),
    Input("pieces_per_order", "pieces", lambda value: f"{value:,.0f} pieces per order"),
    Input("returns_share", "share of value", lambda value: f"sent back {value:.0%} of what was bought"),
)
NAMES = tuple(one.name for one in INPUTS)


def churn_table(features: pd.DataFrame) -> pd.DataFrame:
    """Columns NAMES, float64, one row per customer of `features` (columns RFM_COLUMNS) and in their order.

    `mean_gap` and `silence` are NaN for customers with one purchase day.
    """
    import pandas as pd

    orders = features["orders"].clip(lower=1)
    since = features["t_days"] - features["recency_days"]
    gap = (features["recency_days"] / features["frequency"]).where(features["frequency"] > 0)
    return pd.DataFrame(
        {
            "days_since_last": since,
            "frequency": features["frequency"],
            "t_days": features["t_days"],
            "mean_gap": gap,
            "silence": since / gap,
            "revenue": features["revenue"],
            "revenue_per_order": features["revenue"] / orders,
            "pieces_per_order": features["items_bought"] / orders,
            "returns_share": features["returns_share"].fillna(0.0),
        },
        dtype="float64",
    )
