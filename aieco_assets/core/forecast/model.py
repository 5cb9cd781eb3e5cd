"""The forecast: a level that wanders and a weekly pattern, on the logarithm of sales (Harvey 1989; statsmodels)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.forecast.series import DailySales

Vector = NDArray[np.float64]
HORIZON_DAYS = 28
# Between these quantiles of the normal distribution lie four fifths.
_FOUR_FIFTHS = 1.2815515655446004


@dataclass(frozen=True)
class Forecast:
    """The 28 days after `as_of`, in the shop's currency: mean, and the bounds that hold four days of five.

    All three are zero on a weekday that does not trade.
    """

    as_of: date
    days: tuple[date, ...]
    expected: Vector
    low: Vector
    high: Vector


def fit_parameters(series: DailySales) -> Vector:
    """The variances of noise and of the level's steps, by maximum likelihood."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance at its bound of zero is an answer, too
        return np.asarray(_model(series).fit(disp=False, maxiter=100, cov_type="none").params)


def forecast(series: DailySales, parameters: Vector) -> Forecast:
    """What follows the last day of the series, by parameters fitted to it or to an earlier part of it.

    Raises AiecoError when sales vary so wildly that the numbers overflow.
    """
    days = tuple(series.last + timedelta(days=number + 1) for number in range(HORIZON_DAYS))
    trading = np.array([day.weekday() in series.weekdays for day in days])
    # Trading days between the last of the series and the first to come are steps, too; none lie between by definition.
    found = _model(series).filter(parameters).get_forecast(int(trading.sum()))
    mean, spread = np.asarray(found.predicted_mean), np.sqrt(np.asarray(found.var_pred_mean))
    expected, low, high = np.zeros(len(days)), np.zeros(len(days)), np.zeros(len(days))
    with np.errstate(over="ignore"):
        low[trading], high[trading] = np.exp(mean - _FOUR_FIFTHS * spread), np.exp(mean + _FOUR_FIFTHS * spread)
        expected[trading] = np.minimum(np.exp(mean + spread**2 / 2), high[trading])
    if not np.isfinite(high).all():
        raise AiecoError(
            f"Daily sales up to {series.last} vary too wildly for a forecast: look at marts/agg_daily_sales."
        )
    return Forecast(series.last, days, expected, low, high)


def seasonal_naive(series: DailySales, days: tuple[date, ...]) -> Vector:
    """The baseline: each day sells what the last open day of the same weekday sold; zero where there was none."""
    last = {}
    for day, sold in zip(series.days, series.sales, strict=True):
        if not np.isnan(sold):
            last[day.weekday()] = sold
    return np.array([last.get(day.weekday(), 0.0) for day in days])


def _model(series: DailySales) -> Any:
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    parts: dict[str, Any] = {"level": "local level"}
    if len(series.weekdays) > 1:
        parts |= {"seasonal": len(series.weekdays), "stochastic_seasonal": False}
    return UnobservedComponents(np.log(series.sales), **parts)
