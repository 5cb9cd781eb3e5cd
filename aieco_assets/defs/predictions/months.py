"""What the assets of month ends have in common: the result of a range, and of its coverage."""

from collections.abc import Sequence
from hashlib import sha256

import dagster as dg

from aieco_assets.core.predictions.batches import Batch
from aieco_assets.core.predictions.coverage import Coverage


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


def covered(months: Sequence[Coverage]) -> dg.AssetCheckResult:
    """Passes where nothing was scored: that is for the asset itself to say."""
    wrong = [month for month in months if not month.complete]
    records = [dg.TableRecord({**vars(month), "as_of": str(month.as_of)}) for month in months]
    return dg.AssetCheckResult(
        passed=not wrong,
        description=f"{len(months)} month ends, {len(wrong)} with gaps.",
        metadata={"months": dg.MetadataValue.table(records)} if records else {},
    )
