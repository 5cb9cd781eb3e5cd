"""What is measured of the platform each day: what the policies decide on."""

from datetime import date

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import LATEST_TAG, TODAY, catalog
from aieco_assets.defs.monitoring.operations import operations_of
from aieco_assets.defs.partitions import daily
from aieco_assets.defs.retries import retried

CHART_DAYS = 30


@dg.asset(
    **catalog("monitoring/signals", {"postgres"}),
    description="Drift, answers, topics, latencies, rejected rows, estimated and real quality of the models, and how "
    "the platform itself ran on a day (UTC), as docs/signals.md lists. "
    "Grain: day, metric and entity; none where nothing was measured. The policies decide on it.",
    partitions_def=daily,
    tags={LATEST_TAG: TODAY},
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[
        dg.AssetDep(["monitoring", "inference_log"]),
        dg.AssetDep(["monitoring", "drift"]),
        dg.AssetDep(["lake", "transactions"]),
        # Whichever month ends are there on that day, and what was bought since.
        dg.AssetDep(["predictions", "churn"], partition_mapping=dg.AllPartitionMapping()),
        dg.AssetDep(["predictions", "customers"], partition_mapping=dg.AllPartitionMapping()),
        dg.AssetDep(["predictions", "segments"], partition_mapping=dg.AllPartitionMapping()),
        dg.AssetDep(["predictions", "daily_sales"]),
        dg.AssetDep(["features", "purchases"]),
        dg.AssetDep(["evaluation", "rag"]),
    ],
)
@retried
def signals(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.monitoring.chart import as_markdown
    from aieco_assets.core.monitoring.signal_chart import signal_rows
    from aieco_assets.core.monitoring.signals import record_signals, series

    days = [
        record_signals(settings, day, context.run_id, operations_of(context.instance, day))
        for day in map(date.fromisoformat, context.partition_keys)
    ]
    last = days[-1]
    table = "\n".join(
        f"| {one.metric} | {one.entity} | {one.value:.4g} | {one.sample_size} |"
        f" {'' if one.reference is None else f'{one.reference:.4g}'} |"
        for one in last.signals
    )
    chart = signal_rows(series(settings, last.day, CHART_DAYS))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(len(day.signals) for day in days),
            "absent": dg.MetadataValue.json(last.absent),
            "signals": dg.MetadataValue.md(
                f"| metric | of | value | sample | reference |\n| --- | --- | ---: | ---: | ---: |\n{table}"
            ),
            "chart": dg.MetadataValue.md(as_markdown(chart, f"signals of {CHART_DAYS} days to {last.day}, UTC")),
        }
    )
