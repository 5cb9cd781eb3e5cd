"""A graph as it would be looked at: sales load at noon, a mart fails its gate, what follows is stale."""

from __future__ import annotations

from datetime import datetime, timezone

from aieco_assets.core.lineage.records import Column
from aieco_assets.core.monitoring.graph_picture import AssetPicture, CheckResult, GraphPicture, Policy

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
DAY = Policy(warn_after=86_400, stale_after=2 * 86_400)


def asset(key: str, *parents: str, **more) -> AssetPicture:
    return AssetPicture(key, parents, **{"status": "materialized", "made_at": NOON, **more})


PICTURE = GraphPicture(
    NOON,
    (
        AssetPicture("shop/files"),
        asset("raw/transactions", "shop/files", columns=(Column("customer_id", "text"),), policy=DAY),
        asset(
            "marts/fct_sales_lines",
            "raw/transactions",
            description="One row per line.",
            rows=12,
            columns=(Column("customer_id", "text", "Who bought."), Column("amount", "numeric")),
            edges={"customer_id": (("raw/transactions", "customer_id"),)},
            checks=(CheckResult("not_null_line_id", True, True), CheckResult("totals_agree", False, True)),
            policy=DAY,
        ),
        asset(
            "features/customer_rfm",
            "marts/fct_sales_lines",
            edges={"frequency": (("marts/fct_sales_lines", "customer_id"),)},
            policy=DAY,
        ),
        asset("models/clv", "features/customer_rfm", policy=Policy()),
        AssetPicture("predictions/churn", ("features/customer_rfm",), status="missing", waits="a second month"),
    ),
)
