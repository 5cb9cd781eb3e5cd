"""Group, owner, freshness, condition and code version of an asset, derived from its key in one place."""

from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import dagster as dg

from aieco_assets.defs.flow import CONDITIONS

OWNERS = ("team:data-platform",)
# On an asset that describes the present: of a range of partitions only the last is worth making, unless somebody asks
# for the range of it alone.
LATEST_TAG = "aieco/latest_only"
# Its value on an asset that describes the calendar's day, whatever days the sources know.
TODAY = "today"

# One run at a time writes to the warehouse: two dbt builds of one table would swap it under each other.
WAREHOUSE_POOL = "warehouse"

DAILY = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=26))
MONTHLY = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=35), warn_window=timedelta(days=32))
# Where a person or a model waits for it.
FRESHNESS = {
    "lake/documents": DAILY,
    "lake/transactions": DAILY,
    "raw/transactions": DAILY,
    "marts/fct_sales_lines": DAILY,
    "marts/agg_daily_sales": DAILY,
    "knowledge/index": DAILY,
    "features/customer_rfm": MONTHLY,
    "models/clv": MONTHLY,
    "models/churn": MONTHLY,
    "predictions/customers": MONTHLY,
    "predictions/churn": MONTHLY,
    "predictions/segments": MONTHLY,
    "predictions/next_items": MONTHLY,
    "predictions/daily_sales": DAILY,
    "evaluation/rag": MONTHLY,
    "evaluation/verification": MONTHLY,
    "monitoring/drift": DAILY,
    "monitoring/inference_log": DAILY,
    "monitoring/signals": DAILY,
}

# The rooms of core/ that decide an asset's content, by the first part of its key: a change there makes it stale.
ROOMS = {
    "lake": ("retail", "knowledge"),
    "raw": ("retail",),
    "knowledge": ("knowledge", "text", "embeddings"),
    "models": ("registry", "features", "customers", "embeddings"),
    "predictions": ("registry", "features", "customers", "predictions", "recommendations", "forecast"),
    "evaluation": ("evaluation", "llm", "rag", "text", "embeddings"),
    "serving": ("serving", "llm", "rag", "text", "customers"),
    "monitoring": ("features", "monitoring"),
}
_CORE = Path(__file__).parents[1] / "core"


def catalog(key: str, kinds: set[str]) -> dict[str, Any]:
    """Keyword arguments for `@dg.asset`: `@dg.asset(**catalog("lake/transactions", {"parquet"}), ...)`."""
    layer = key.split("/")[0]
    return {
        "key": dg.AssetKey(key.split("/")),
        "group_name": layer,
        "owners": list(OWNERS),
        "kinds": kinds,
        "code_version": code_version(layer),
        "freshness_policy": FRESHNESS.get(key),
        "automation_condition": CONDITIONS.get(layer),
    }


@cache
def code_version(layer: str) -> str:
    """Digest of the code behind a layer of the graph."""
    digest = sha256()
    for room in ROOMS.get(layer, ()):
        for path in sorted((_CORE / room).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
