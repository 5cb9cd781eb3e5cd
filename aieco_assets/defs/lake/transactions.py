import time
from typing import Any

import dagster as dg

from aieco_assets.core.retail import land_days
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.lake.sources import transaction_sources
from aieco_assets.defs.lake.store import lake_store
from aieco_assets.defs.partitions import daily
from aieco_assets.defs.retries import retried
from aieco_assets.defs.warehouse.windows import day_range


@dg.asset(
    **catalog("lake/transactions", {"parquet"}),
    description="Transactions as parquet by invoice date, rejected rows beside them. One row per source line.",
    partitions_def=daily,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[["transactions", one.name] for one in transaction_sources()],
)
@retried
def transactions(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], s3: dg.ResourceParam[Any]
) -> dg.MaterializeResult:
    began = time.perf_counter()
    result = land_days(
        settings,
        *day_range(context.partition_key_range),
        progress=lambda done, total: context.log.info(f"{done} of {total} days landed"),
        lake=lake_store(settings, s3),
        declared=transaction_sources(),
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": result.loaded,
            "read": result.read,
            "loaded": result.loaded,
            "rejected": result.rejected,
            "erased": result.erased,
            "bytes": result.bytes,
            "days_landed": len(result.days),
            "quarantined_files": dg.MetadataValue.json(result.quarantined_files),
            "seconds": round(time.perf_counter() - began, 2),
        },
        data_version=dg.DataVersion(result.content_sha256),
    )
