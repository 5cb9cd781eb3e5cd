import time
from typing import Any

import dagster as dg

from aieco_assets.core.retail import load_days
from aieco_assets.core.retail.checks import lost_zeros, unloaded_rows
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import WAREHOUSE_POOL, catalog
from aieco_assets.defs.lake.store import lake_store
from aieco_assets.defs.partitions import daily
from aieco_assets.defs.retries import retried
from aieco_assets.defs.warehouse.assets import MANIFEST
from aieco_assets.defs.warehouse.dbt_integration import validate_manifest
from aieco_assets.defs.warehouse.ui_metadata import source_schema
from aieco_assets.defs.warehouse.windows import day_range

RAW = dg.AssetKey(["raw", "transactions"])


@dg.asset(
    **catalog("raw/transactions", {"postgres"}),
    description="Transactions in the warehouse as the source gave them, whole days at a time. One row per source line.",
    deps=[dg.AssetKey(["lake", "transactions"])],
    partitions_def=daily,
    backfill_policy=dg.BackfillPolicy.single_run(),
    pool=WAREHOUSE_POOL,
    metadata={"dagster/column_schema": source_schema(validate_manifest(MANIFEST), RAW)},
)
@retried
def raw_transactions(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], s3: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    began = time.perf_counter()
    result = load_days(settings, *day_range(context.partition_key_range), lake=lake_store(settings, s3))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": result.rows,
            "rows_loaded": result.rows_loaded,
            "days_replaced": len(result.days),
            "seconds": round(time.perf_counter() - began, 2),
        },
        data_version=dg.DataVersion(result.content_sha256),
    )


@dg.asset_check(asset=RAW, blocking=True, description="Each loaded day has exactly the rows of the lake.")
def rows_equal_lake(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    different = unloaded_rows(settings)
    return dg.AssetCheckResult(
        passed=not different, metadata={"days_that_differ": dg.MetadataValue.json([*map(str, different)])}
    )


@dg.asset_check(asset=RAW, description="No item has one code with and one without zeros before it; stops nothing.")
def zeros_are_not_lost(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    lost = lost_zeros(settings)
    return dg.AssetCheckResult(
        passed=not lost,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{lost[0][0]} may be {lost[0][1]}: a spreadsheet drops zeros before a number." if lost else None,
        metadata={"codes": dg.MetadataValue.json([*map(list, lost)])},
    )
