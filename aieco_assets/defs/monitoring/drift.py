"""Has the world moved since the champion was trained?"""

from datetime import date

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import LATEST_TAG, catalog
from aieco_assets.defs.partitions import daily
from aieco_assets.defs.retries import retried


@dg.asset(
    **catalog("monitoring/drift", {"evidently", "postgres"}),
    description="How customers buy at the latest month end, and what each model is given, against what the champions "
    "were trained on. Grain: day, model and feature; the page of each day is kept.",
    partitions_def=daily,
    # `aieco run` makes the last day only: earlier days would compare the same months again.
    tags={LATEST_TAG: "true"},
    backfill_policy=dg.BackfillPolicy.single_run(),
    # Whichever month ends are there on that day, not the month that the day lies in: it has not ended yet.
    deps=[
        dg.AssetDep(["features", "customer_rfm"], partition_mapping=dg.AllPartitionMapping()),
        *(dg.AssetDep(["models", name]) for name in ("clv", "churn", "segments")),
        dg.AssetDep(["marts", "agg_daily_sales"], partition_mapping=dg.AllPartitionMapping()),
    ],
)
@retried
def drift(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.monitoring.chart import as_markdown, bar_chart
    from aieco_assets.core.monitoring.drift import THRESHOLD, drift_report
    from aieco_assets.core.monitoring.model_drift import model_drift

    days = [date.fromisoformat(key) for key in context.partition_keys]
    models = [model_drift(settings, day) for day in days]
    results = [drift_report(settings, day) for day in days]
    last = results[-1]
    columns = last.columns
    chart = bar_chart([one.column for one in columns], [one.score for one in columns], mark=THRESHOLD)
    table = "\n".join(
        f"| {one.column} | {one.score:.3f} | {'drifted' if one.drifted else ''} | {one.method} |" for one in columns
    )
    of_models = "\n".join(
        f"| {model.model} | {model.reference_as_of} | {model.share_drifted:.0%} | "
        f"{', '.join(f'{one.column} {one.score:.3f}' for one in model.columns)} |"
        for model in models[-1]
    )
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(len(one.columns) for one in [*results, *(one for day in models for one in day)]),
            "changed": sum(result.computed for result in results),
            "report": dg.MetadataValue.url(last.report.as_uri()),
            "report_path": dg.MetadataValue.path(str(last.report)),
            "bytes": last.report.stat().st_size,
            "reference_as_of": str(last.reference_as_of),
            "current_as_of": str(last.current_as_of),
            "share_drifted": last.share_drifted,
            "columns": dg.MetadataValue.md(f"| feature | score | | method |\n| --- | ---: | --- | --- |\n{table}"),
            "models": dg.MetadataValue.md(
                f"| model | trained on | drifted | inputs |\n| --- | --- | --- | --- |\n{of_models}"
            ),
            "chart": dg.MetadataValue.md(as_markdown(chart, "drift by feature")),
        },
        data_version=dg.DataVersion(last.features_digest[:16]),
    )
