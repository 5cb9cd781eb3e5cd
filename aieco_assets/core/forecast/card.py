"""The card of the sales forecast: what it is made of, and whether it beats saying what last week sold."""

from __future__ import annotations

from collections.abc import Mapping

from aieco_assets.core.predictions.baseline import against_baseline


def model_card(as_of: str, metrics: Mapping[str, float]) -> str:
    """Markdown of one forecast's metrics (those of `backtest`)."""
    said = against_baseline(
        "the last open day of the same weekday",
        "mean absolute error a day",
        metrics["mae"],
        metrics["naive_mae"],
        metrics["origins_won"],
    ).replace("of resamples", "of the four forecasts that were judged")
    return f"""# Daily sales from {as_of} on

**What.** Sales as they are invoiced each day (marts.agg_daily_sales, `sales_amount`), in the shop's currency:
cancellations and returns are not taken off, for they come on days of their own. A level that wanders and a weekly
pattern, on the logarithm; holidays are foreseen as open days.

**Against the naive baseline.** {said} Judged on {metrics["judged_days"]:.0f} days that the fit had not seen;
{metrics["coverage"]:.0%} lie inside the bounds that should hold 80 %.
"""
