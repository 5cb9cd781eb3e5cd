"""How the forecast would have done: made on past days from what was known by then, against what was sold."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from aieco_assets.core.forecast.model import HORIZON_DAYS, Vector, forecast, seasonal_naive
from aieco_assets.core.forecast.series import DailySales

ORIGINS = 4


def first_origin(series: DailySales) -> DailySales:
    """The part of the series that ends before every day that the backtest judges."""
    return series.up_to(series.last - timedelta(days=HORIZON_DAYS + 7 * (ORIGINS - 1)))


def backtest(series: DailySales, parameters: Vector) -> dict[str, float]:
    """Four forecasts of 28 days, a week apart, the last ending on the last day; days on which the shop was shut don't
    count. `parameters` must have been fitted to `first_origin` or less.

    Mean absolute errors are in the shop's currency a day; `coverage`: the share of days inside the bounds, wanted 0.8;
    `origins_won`: the share of the forecasts that err less than the baseline.
    """
    sold = dict(zip(series.days, series.sales, strict=True))
    ours, naive, inside, won = [], [], [], []
    for weeks in range(ORIGINS):
        known = series.up_to(series.last - timedelta(days=HORIZON_DAYS + 7 * weeks))
        made = forecast(known, parameters)
        baseline, judged = seasonal_naive(known, made.days), len(ours)
        for number, day in enumerate(made.days):
            actual = sold.get(day, np.nan)
            if not np.isnan(actual):
                ours.append(abs(made.expected[number] - actual))
                naive.append(abs(baseline[number] - actual))
                inside.append(made.low[number] <= actual <= made.high[number])
        won.append(sum(ours[judged:]) < sum(naive[judged:]))
    return {
        "judged_days": float(len(ours)),
        "mae": float(np.mean(ours)),
        "naive_mae": float(np.mean(naive)),
        "coverage": float(np.mean(inside)),
        "origins_won": float(np.mean(won)),
    }
