"""The sales of the next four weeks, written once per last day of the data and content of the series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.forecast.backtest import backtest, first_origin
from aieco_assets.core.forecast.model import fit_parameters, forecast
from aieco_assets.core.forecast.series import DailySales, read_daily_sales
from aieco_assets.core.predictions.batches import Batch, replace_batch
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import pandas as pd

# Another way of forecasting is another rule: the forecast is then made again.
RULE = 2


@dataclass(frozen=True)
class Forecasted:
    """The batch that was written or found, the series behind it, and its rows (day, expected, low, high)."""

    batch: Batch
    series: DailySales
    rows: list[tuple]


def forecast_daily_sales(settings: Settings) -> Forecasted:
    """Writes predictions.daily_sales as of the last day with sales, unless nothing has changed; earlier forecasts stay.

    Raises NotTrainableError when the series is too short.
    """
    series = read_daily_sales(settings)
    batch = replace_batch(settings, "daily_sales", series.last, RULE, series.digest(), lambda: _make(series))
    with connect(settings.warehouse) as connection:
        # Made from days that have gone from the source since.
        connection.execute("delete from predictions.daily_sales where as_of > %s", (series.last,))
        connection.execute(
            "delete from predictions.scored_months where name = 'daily_sales' and as_of > %s", (series.last,)
        )
        rows = connection.execute(
            "select day, expected, low, high from predictions.daily_sales where as_of = %s order by day", (series.last,)
        ).fetchall()
    return Forecasted(batch, series, rows)


def _make(series: DailySales) -> tuple[pd.DataFrame, dict[str, float]]:
    import pandas as pd

    metrics = backtest(series, fit_parameters(first_origin(series)))
    made = forecast(series, fit_parameters(series))
    frame = pd.DataFrame({"day": made.days, "expected": made.expected, "low": made.low, "high": made.high})
    return frame, metrics


def latest_metrics(settings: Settings) -> dict[str, float]:
    """The backtest of the latest forecast; empty before there is one."""
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select metrics from predictions.scored_months where name = 'daily_sales' order by as_of desc limit 1"
        ).fetchone()
    return row[0] if row else {}
