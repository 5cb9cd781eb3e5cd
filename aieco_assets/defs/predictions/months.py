"""What the assets of month ends have in common: the result of a range, and the check of its coverage."""

from collections.abc import Sequence
from hashlib import sha256

import dagster as dg

from aieco_assets.core.predictions.batches import Batch
from aieco_assets.core.settings import Settings


def scored(batches: Sequence[Batch], **shown: dg.MetadataValue) -> dg.MaterializeResult:
    """Rows, changes and numbers of the months of a range, and what else is to be shown."""
    metrics = {str(batch.as_of): batch.metrics for batch in batches if batch.metrics}
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(batch.rows for batch in batches),
            "changed": sum(batch.rows for batch in batches if batch.written),
            "month_ends": len(batches),
            "model_version": batches[-1].model_version,
            **({"metrics": dg.MetadataValue.json(metrics)} if metrics else {}),
            **shown,
        },
        data_version=dg.DataVersion(sha256("".join(one.data_version for one in batches).encode()).hexdigest()[:16]),
    )


def covers_every_customer(table: str, name: str, description: str) -> dg.AssetChecksDefinition:
    """The blocking check of `predictions/<table>`. Passes where nothing was scored: that is for the asset to say."""

    @dg.asset_check(asset=dg.AssetKey(["predictions", table]), name=name, blocking=True, description=description)
    def covers(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
        from aieco_assets.core.predictions.coverage import coverage

        months = coverage(settings, table)
        wrong = [month for month in months if not month.complete]
        records = [dg.TableRecord({**vars(month), "as_of": str(month.as_of)}) for month in months]
        return dg.AssetCheckResult(
            passed=not wrong,
            description=f"{len(months)} month ends, {len(wrong)} with gaps.",
            metadata={"months": dg.MetadataValue.table(records)} if records else {},
        )

    return covers
