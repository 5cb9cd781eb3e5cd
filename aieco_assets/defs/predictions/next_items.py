"""What to offer a customer next."""

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import LATEST_TAG, catalog
from aieco_assets.defs.flow import EVERY_DAY_UP_TO
from aieco_assets.defs.partitions import as_of, month_ends
from aieco_assets.defs.predictions.months import covers_every_customer, scored
from aieco_assets.defs.retries import retried


@dg.asset(
    **catalog("predictions/next_items", {"postgres"}),
    description="The five next-best items of each customer: what is bought together with what she has, then what is "
    "popular. Grain: month end, customer and rank. `metrics`: how often the last month would have been hit.",
    partitions_def=month_ends,
    backfill_policy=dg.BackfillPolicy.single_run(),
    # `aieco run` makes the last month only: nobody is offered anything in the past.
    tags={LATEST_TAG: "true"},
    deps=[
        ["features", "customer_rfm"],
        ["features", "purchases"],
        ["marts", "agg_item_pairs"],
        dg.AssetDep(["marts", "fct_sales_lines"], partition_mapping=EVERY_DAY_UP_TO),
    ],
)
@retried
def next_items(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.recommendations.card import model_card
    from aieco_assets.core.recommendations.scoring import score_next_items

    batches = [score_next_items(settings, as_of(key)) for key in context.partition_keys]
    card = dg.MetadataValue.md(model_card(str(batches[-1].as_of), batches[-1].metrics))
    return scored(batches, model_card=card)


next_items_cover_every_customer = covers_every_customer(
    "next_items",
    "next_items_cover_every_customer",
    "Every customer of the features is offered something, in unbroken ranks, and nothing twice or had.",
)
