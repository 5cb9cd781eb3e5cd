"""What drift is measured on: how customers buy, by order and by quarter, and not how much they have bought so far.

Totals (orders, revenue, days since the first purchase) grow with the age of a customer: month by month a shop in which
nothing happens would be told to have drifted, the young one most of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHURN, CLV, DAILY_SALES, SEGMENTS

if TYPE_CHECKING:
    import pandas as pd

CUSTOMER_RFM = "customer_rfm"
NUMERIC = (
    "monetary",
    "recent_frequency",
    "revenue_per_order",
    "items_per_order",
    "distinct_items_per_order",
    "returns_share",
)
CATEGORICAL = ("country",)
# What stands for the inputs of each model.
INPUTS = {
    CLV: ("monetary", "recent_frequency", "first_day_revenue"),
    CHURN: ("recent_frequency", "silence", "revenue_per_order", "items_per_order", "returns_share"),
    SEGMENTS: ("recent_frequency", "silence", "revenue_per_order"),
}
SALES = "sales"
COLUMNS = {**INPUTS, DAILY_SALES: (SALES,)}


def drift_features(features: pd.DataFrame) -> pd.DataFrame:
    """NUMERIC, CATEGORICAL and INPUTS of each customer of `features` (columns RFM_COLUMNS), in their order.

    Per order: the shop's currency, pieces, and items. `silence`: days since the last purchase, in mean gaps; NaN, as
    `monetary`, for who bought on one day only.
    """
    orders = features["orders"].clip(lower=1)
    gap = (features["recency_days"] / features["frequency"]).where(features["frequency"] > 0)
    made = features.assign(
        revenue_per_order=features["revenue"] / orders,
        items_per_order=features["items_bought"] / orders,
        distinct_items_per_order=features["distinct_items"] / orders,
        silence=(features["t_days"] - features["recency_days"]) / gap,
        returns_share=features["returns_share"].fillna(0.0),
    )
    return made.loc[:, [*NUMERIC, *CATEGORICAL, "first_day_revenue", "silence"]]
