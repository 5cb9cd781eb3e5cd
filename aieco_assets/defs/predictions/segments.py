"""Which segment and which cluster a customer is in."""

import dagster as dg

from aieco_assets.core.contracts import SEGMENTS
from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.partitions import as_of, month_ends
from aieco_assets.defs.predictions.months import covers_every_customer, scored
from aieco_assets.defs.retries import retried
from aieco_assets.defs.waiting import waiting_for_champion


@dg.asset(
    **catalog("predictions/segments", {"postgres"}),
    description="Segment by rule (Champions, Loyal, At risk …), its scores, and k-means cluster, by the segments "
    "champion. Grain: month end and customer.",
    partitions_def=month_ends,
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[["features", "customer_rfm"], ["models", "segments"]],
)
@retried
def customer_segments(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.customers.segments.scoring import load_segments_champion, score_segments

    model = load_segments_champion(settings)
    if model is None:
        return waiting_for_champion(context, settings, SEGMENTS)
    return scored([score_segments(settings, as_of(key), model) for key in context.partition_keys])


segments_cover_every_customer = covers_every_customer(
    "segments",
    "segments_cover_every_customer",
    "Each scored month has one known segment per customer of its features, and none beside them.",
)
