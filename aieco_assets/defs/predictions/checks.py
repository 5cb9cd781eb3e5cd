"""What must hold of customer predictions before they are used."""

import dagster as dg

from aieco_assets.core.settings import Settings


@dg.asset_check(
    asset=dg.AssetKey(["predictions", "customers"]),
    blocking=True,
    description="Each scored month has one sensible prediction per customer of its features, and none beside them.",
)
def predictions_cover_every_customer(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.predictions.coverage import coverage

    months = coverage(settings, "customers")
    wrong = [month for month in months if not month.complete]
    records = [
        dg.TableRecord(
            {
                "as_of": str(month.as_of),
                "customers": month.customers,
                "missing": month.missing,
                "strangers": month.strangers,
                "absurd": month.absurd,
            }
        )
        for month in months
    ]
    return dg.AssetCheckResult(
        passed=bool(months) and not wrong,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(months)} month ends, {len(wrong)} with gaps.",
        metadata={"months": dg.MetadataValue.table(records)} if records else {},
    )
