from collections.abc import Iterator
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, dbt_assets

from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.stack.dbt import prepare_manifest
from aieco_assets.defs.partitions import daily
from aieco_assets.defs.warehouse.dbt_run import TRANSLATOR, build
from aieco_assets.defs.warehouse.windows import NO_WINDOW, day_window

# Read when the code location loads; parses only when the project changed, and needs no database.
MANIFEST = prepare_manifest(get_settings())
DIMENSIONS = "dim_*"


@dbt_assets(
    manifest=MANIFEST,
    select="aieco.staging aieco.marts",
    exclude=DIMENSIONS,
    name="dbt_daily",
    partitions_def=daily,
    backfill_policy=dg.BackfillPolicy.single_run(),
    dagster_dbt_translator=TRANSLATOR,
)
def daily_models(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    """Staging, facts and daily aggregates over a range of days."""
    yield from build(context, dbt, settings, day_window(context.partition_key_range))


@dbt_assets(manifest=MANIFEST, select=DIMENSIONS, name="dbt_dimensions", dagster_dbt_translator=TRANSLATOR)
def dimensions(
    context: dg.AssetExecutionContext, dbt: DbtCliResource, settings: dg.ResourceParam[Settings]
) -> Iterator[Any]:
    """Dimensions, derived from all facts: a late day may change any version."""
    yield from build(context, dbt, settings, NO_WINDOW)
