import dagster as dg

from aieco_assets.core.retail.checks import lost_rows, set_aside
from aieco_assets.core.settings import Settings

TRANSACTIONS = dg.AssetKey(["lake", "transactions"])


@dg.asset_check(
    asset=TRANSACTIONS, blocking=True, description="Every row of the source is either loaded or rejected, on every day."
)
def read_is_loaded_plus_rejected(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    lost = lost_rows(settings)
    return dg.AssetCheckResult(passed=not lost, metadata={"days_that_differ": dg.MetadataValue.json([*map(str, lost)])})


@dg.asset_check(asset=TRANSACTIONS, description="Shows rejects, quarantined files and added columns; stops nothing.")
def rejects_are_shown(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    aside = set_aside(settings)
    return dg.AssetCheckResult(
        passed=True,
        severity=dg.AssetCheckSeverity.WARN,
        description=(
            f"{aside.rejected_rows} rows rejected, {len(aside.quarantined_files)} files quarantined,"
            f" {len(aside.added_columns)} files with added columns."
            if aside.rejected_rows or aside.quarantined_files or aside.added_columns
            else "Nothing was set aside."
        ),
        metadata={
            "rejected_rows": aside.rejected_rows,
            "quarantined_files": dg.MetadataValue.json(aside.quarantined_files),
            "added_columns": dg.MetadataValue.json(aside.added_columns),
        },
    )
