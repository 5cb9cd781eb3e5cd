from collections.abc import Iterator
from typing import Any

import dagster as dg

from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.stack.dbt import prepare_manifest
from aieco_assets.defs.catalog import WAREHOUSE_POOL
from aieco_assets.defs.partitions import daily
from aieco_assets.defs.retries import retried
from aieco_assets.defs.warehouse.dbt_integration import DbtCliResource, dbt_assets
from aieco_assets.defs.warehouse.dbt_run import TRANSLATOR, build
from aieco_assets.defs.warehouse.windows import NO_WINDOW, day_window

# Read when the code location loads; parses only when the project changed, and needs no database.
MANIFEST = prepare_manifest(get_settings())
# Tags in the models' own configuration: what is made anew from all lines, and what is made month by month.
WHOLE_HISTORY, MONTHLY = "tag:whole_history", "tag:monthly"


@dbt_assets(
    manifest=MANIFEST,
    select="aieco.staging aieco.marts",
    exclude=f"{WHOLE_HISTORY} {MONTHLY}",
    name="dbt_daily",
    partitions_def=daily,
    backfill_policy=dg.BackfillPolicy.single_run(),
    dagster_dbt_translator=TRANSLATOR,
    pool=WAREHOUSE_POOL,
)
@retried
def daily_models(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    """Staging, facts and daily aggregates over a range of days; dimensions and returns of what occurs on them."""
    yield from build(context, dbt, settings, day_window(context.partition_key_range))


@dbt_assets(
    manifest=MANIFEST,
    select=WHOLE_HISTORY,
    name="dbt_whole_history",
    dagster_dbt_translator=TRANSLATOR,
    pool=WAREHOUSE_POOL,
)
@retried
def whole_history_models(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    """Calendar and cohorts, derived from all lines: a late day may change any of their rows. The views of analysts."""
    yield from build(context, dbt, settings, NO_WINDOW)
