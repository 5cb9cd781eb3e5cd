"""What must hold of customer predictions before they are used."""

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.predictions.months import covered


@dg.asset_check(
    asset=dg.AssetKey(["predictions", "customers"]),
    blocking=True,
    description="Each scored month has one sensible prediction per customer of its features, and none beside them.",
)
def predictions_cover_every_customer(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.predictions.coverage import coverage

    return covered(coverage(settings, "customers"))
