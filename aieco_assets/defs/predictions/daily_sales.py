"""What will be sold in the next four weeks."""

import math

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.catalog import catalog
from aieco_assets.defs.retries import retried

KEY = dg.AssetKey(["predictions", "daily_sales"])
SHOWN_DAYS = 90
# Last week's sales may be this much better in the backtest before it is worth a warning.
MARGIN = 0.05


@dg.asset(
    **catalog("predictions/daily_sales", {"postgres", "statsmodels"}),
    description="Sales of the next 28 days in the shop's currency with the bounds that hold four days of five, seen "
    "from the last day with sales. Grain: as-of day and day; earlier forecasts are kept.",
    deps=[["marts", "agg_daily_sales"]],
)
@retried
def daily_sales(settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult:
    from aieco_assets.core.forecast.card import model_card
    from aieco_assets.core.forecast.scoring import forecast_daily_sales
    from aieco_assets.core.monitoring.chart import as_markdown
    from aieco_assets.core.monitoring.line_chart import forecast_chart

    found = forecast_daily_sales(settings)
    series, batch = found.series, found.batch
    days, expected, low, high = zip(*found.rows, strict=True)
    shown = slice(-SHOWN_DAYS, None)
    chart = forecast_chart(list(series.sales[shown]), expected, low, high, str(series.days[shown][0]), str(days[-1]))
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": batch.rows,
            "changed": batch.rows if batch.written else 0,
            "as_of": str(batch.as_of),
            "expected_28_days": round(sum(expected), 2),
            "metrics": dg.MetadataValue.json(batch.metrics),
            "model_card": dg.MetadataValue.md(model_card(str(batch.as_of), batch.metrics)),
            "chart": dg.MetadataValue.md(as_markdown(chart, "daily sales, seen and expected")),
        },
        data_version=dg.DataVersion(batch.data_version),
    )


@dg.asset_check(asset=KEY, description="In the backtest the forecast errs no more than last week's sales do.")
def forecast_is_no_worse_than_last_week(settings: dg.ResourceParam[Settings]) -> dg.AssetCheckResult:
    from aieco_assets.core.forecast.scoring import latest_metrics

    metrics = latest_metrics(settings)
    if not metrics:
        return dg.AssetCheckResult(passed=True, description="There is no forecast yet.")
    ours, naive = metrics["mae"], metrics["naive_mae"]
    return dg.AssetCheckResult(
        passed=math.isfinite(ours) and ours <= naive * (1 + MARGIN),
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Error a day {ours:,.0f}, of last week {naive:,.0f}. {metrics['coverage']:.0%} inside the bounds.",
        metadata={"metrics": dg.MetadataValue.json(metrics)},
    )
