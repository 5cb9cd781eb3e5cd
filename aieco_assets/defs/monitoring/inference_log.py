"""What the service was asked, and how it did."""

from datetime import date

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import LATEST_TAG, TODAY, catalog
from aieco_assets.defs.partitions import daily
from aieco_assets.defs.retries import retried


@dg.asset(
    **catalog("monitoring/inference_log", {"postgres"}),
    description="What the service answered and predicted on a day (UTC): counts, abstentions, latencies, ratings. "
    "Grain: day and kind, from service.inference_log (one row per call).",
    partitions_def=daily,
    tags={LATEST_TAG: TODAY},
    backfill_policy=dg.BackfillPolicy.single_run(),
    deps=[dg.AssetDep(["serving", "bento"])],
)
@retried
def inference_log(context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.evaluation.review import collect_cases
    from aieco_assets.core.monitoring.chart import as_markdown, bar_chart
    from aieco_assets.core.monitoring.inference_log import summarise_day

    days = [summarise_day(settings, date.fromisoformat(key)) for key in context.partition_keys]
    last = days[-1]
    kinds = "\n".join(
        f"| {one.kind} | {one.requests} | {one.abstention_rate:.0%} | {one.latency_p50_ms:.0f} |"
        f" {one.latency_p95_ms:.0f} | {one.rated_up} / {one.rated_down} |"
        for one in last.kinds
    )
    chart = bar_chart([f"{hour:02d}:00" for hour in range(24)], last.by_hour)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(len(day.kinds) for day in days),
            "requests": sum(day.requests for day in days),
            "stored_late": sum(day.shipped for day in days),
            **{f"{one.kind}s": one.requests for one in last.kinds},
            **{f"{one.kind}_latency_p95_ms": one.latency_p95_ms for one in last.kinds},
            "abstention_rate": last.abstention_rate,
            "new_cases": collect_cases(settings),
            "kinds": dg.MetadataValue.md(
                f"| | calls | abstained | p50 ms | p95 ms | rated up / down |\n|---|---:|---:|---:|---:|---:|\n{kinds}"
            ),
            "chart": dg.MetadataValue.md(as_markdown(chart, f"calls by hour of {last.day}, UTC")),
        }
    )
