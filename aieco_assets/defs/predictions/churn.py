"""Who is likely to stay away, and why."""

import dagster as dg

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.partitions import as_of, month_ends
from aieco_assets.defs.predictions.months import covers_every_customer, scored
from aieco_assets.defs.retries import retried
from aieco_assets.defs.waiting import waiting_for_champion


@dg.asset(
    **catalog("predictions/churn", {"postgres"}),
    description="Churn risk in the next 90 days by the churn champion, with the three main reasons in words. "
    "Grain: month end and customer; no rows while there is no champion.",
    partitions_def=month_ends,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[["features", "customer_rfm"], ["models", "churn"]],
)
@retried
def churn_risks(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.customers.churn.scoring import load_churn_champion, score_churn

    model = load_churn_champion(settings)
    if model is None:
        return waiting_for_champion(context, settings, CHURN)
    return scored([score_churn(settings, as_of(key), model) for key in context.partition_keys])


churn_covers_every_customer = covers_every_customer(
    "churn",
    "churn_covers_every_customer",
    "Each scored month has one risk with its reasons per customer of its features, and none beside them.",
)
