"""Has the world moved since the champion was trained?"""

from datetime import date

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import LATEST_TAG, catalog
from aieco_assets.defs.partitions import daily
from aieco_assets.defs.retries import retried
from aieco_assets.defs.waiting import waiting


@dg.asset(
    **catalog("monitoring/drift", {"evidently", "postgres"}),
    description="Customer features of the latest month end against those the clv champion was trained on. "
    "Grain: day and feature; the page of each day is kept.",
    partitions_def=daily,
    # `aieco run` makes the last day only: earlier days would compare the same months again.
    tags={LATEST_TAG: "true"},
    backfill_policy=dg.BackfillPolicy.single_run(),
    # Whichever month ends are there on that day, not the month that the day lies in: it has not ended yet.
    deps=[
        dg.AssetDep(["features", "customer_rfm"], partition_mapping=dg.AllPartitionMapping()),
        dg.AssetDep(["models", "clv"]),
    ],
)
@retried
def drift(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.errors import NotTrainableError
    from aieco_assets.core.monitoring.chart import as_markdown, bar_chart
    from aieco_assets.core.monitoring.drift import THRESHOLD, drift_report

    try:
        results = [drift_report(settings, date.fromisoformat(key)) for key in context.partition_keys]
    except NotTrainableError as reason:
        return waiting(context, reason)
    last = results[-1]
    columns = last.columns
    chart = bar_chart([one.column for one in columns], [one.score for one in columns], mark=THRESHOLD)
    table = "\n".join(
        f"| {one.column} | {one.score:.3f} | {'drifted' if one.drifted else ''} | {one.method} |" for one in columns
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(len(result.columns) for result in results),
            "changed": sum(result.computed for result in results),
            "report": dg.MetadataValue.url(last.report.as_uri()),
            "report_path": dg.MetadataValue.path(str(last.report)),
            "bytes": last.report.stat().st_size,
            "reference_as_of": str(last.reference_as_of),
            "current_as_of": str(last.current_as_of),
            "share_drifted": last.share_drifted,
            "columns": dg.MetadataValue.md(f"| feature | score | | method |\n| --- | ---: | --- | --- |\n{table}"),
            "chart": dg.MetadataValue.md(as_markdown(chart, "drift by feature")),
        },
        data_version=dg.DataVersion(last.features_digest[:16]),
    )
