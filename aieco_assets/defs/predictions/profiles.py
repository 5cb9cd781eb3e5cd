"""All that is said of a customer: a view, so that nobody has to make it."""

import dagster as dg

from aieco_assets.defs.catalog import catalog

customer_profiles = dg.AssetSpec(
    **catalog("predictions/customer_profiles", {"postgres"}),
    description="What the champions say of a customer, joined: a view over the tables that it is made from, always as "
    "fresh as they are. Grain: month end and customer.",
    deps=[["predictions", name] for name in ("customers", "churn", "segments", "next_items")],
)
