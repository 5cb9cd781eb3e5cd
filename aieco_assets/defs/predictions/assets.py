"""What the champions expect of every customer, back in the warehouse."""

import time

import dagster as dg

from aieco_assets.core.contracts import CLV
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.partitions import as_of, month_ends
from aieco_assets.defs.predictions.months import covers_every_customer, scored
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
    months = []
    for key in context.partition_keys:
        months.append(score_customers(settings, as_of(key), champion))
        context.log.info(f"{key}: {months[-1].rows} customers{'' if months[-1].written else ', unchanged'}")
    seconds = time.perf_counter() - started
    return scored(
        months,
        seconds=dg.MetadataValue.float(round(seconds, 2)),
        customers_per_second=dg.MetadataValue.int(round(sum(month.rows for month in months) / seconds)),
    )


predictions_cover_every_customer = covers_every_customer(
    "customers",
    "predictions_cover_every_customer",
    "Each scored month has one sensible prediction per customer of its features, and none beside them.",
)
