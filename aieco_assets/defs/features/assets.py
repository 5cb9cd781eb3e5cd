from collections.abc import Iterator
from typing import Any

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import WAREHOUSE_POOL
from aieco_assets.defs.partitions import month_ends
from aieco_assets.defs.retries import retried
from aieco_assets.defs.warehouse.assets import MANIFEST, MONTHLY
from aieco_assets.defs.warehouse.dbt_integration import DbtCliResource, dbt_assets
from aieco_assets.defs.warehouse.dbt_run import TRANSLATOR, build
from aieco_assets.defs.warehouse.windows import as_of_window


@dbt_assets(
    manifest=MANIFEST,
    select=f"aieco.features {MONTHLY}",
    name="dbt_features",
    partitions_def=month_ends,
    backfill_policy=dg.BackfillPolicy.single_run(),
    dagster_dbt_translator=TRANSLATOR,
    pool=WAREHOUSE_POOL,
)
@retried
def features(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    """Customer features as of a range of month ends, and what is bought together in those months."""
    yield from build(context, dbt, settings, as_of_window(context.partition_key_range))
