"""What the champions expect of every customer, back in the warehouse."""

import time
from hashlib import sha256

import dagster as dg

from aieco_assets.core.contracts import CLV
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.partitions import as_of, month_ends
from aieco_assets.defs.retries import retried
from aieco_assets.defs.waiting import waiting_for_champion


@dg.asset(
    **catalog("predictions/customers", {"postgres"}),
    description="P(alive), expected purchase days and their value in 30, 90 and 365 days by the clv champion, with "
    "intervals of 90 %. Grain: month end and customer; no rows while there is no champion.",
    partitions_def=month_ends,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[["features", "customer_rfm"], ["models", "clv"]],
)
@retried
def customers(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.customers.scoring import load_champion, score_customers
    from aieco_assets.core.registry.models import champion as in_production

    started = time.perf_counter()
    if in_production(settings, CLV) is None:
        return waiting_for_champion(context, settings, CLV)
    champion = load_champion(settings)
    scored = []
    for key in context.partition_keys:
        scored.append(score_customers(settings, as_of(key), champion))
        context.log.info(f"{key}: {scored[-1].customers} customers{'' if scored[-1].written else ', unchanged'}")
    seconds = time.perf_counter() - started
    rows = sum(month.customers for month in scored)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": rows,
            "changed": sum(month.customers for month in scored if month.written),
            "month_ends": len(scored),
            "model_version": champion.version,
            "seconds": round(seconds, 2),
            "customers_per_second": round(rows / seconds),
        },
        data_version=dg.DataVersion(sha256("".join(month.data_version for month in scored).encode()).hexdigest()[:16]),
    )
