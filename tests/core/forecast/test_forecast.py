"""The sales forecast on series whose pattern is known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.forecast.backtest import backtest, first_origin
from aieco_assets.core.forecast.model import fit_parameters, forecast, seasonal_naive
from aieco_assets.core.forecast.scoring import forecast_daily_sales, latest_metrics
from aieco_assets.core.forecast.series import daily_sales
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows

FIRST, DAYS = date(2025, 1, 6), 182  # a Monday
BY_WEEKDAY = (1000.0, 1200, 1100, 1500, 1300, 0, 700)
TABLE = """
create schema if not exists marts;
create table if not exists marts.agg_daily_sales (invoice_date date primary key, sales_amount numeric);
"""


def amounts(noise: float = 0.15, days: int = DAYS) -> dict[date, float]:
    """No sales on Saturdays, nor on 1 May."""
    random = np.random.default_rng(4)
    found = {}
    for number in range(days):
        day = FIRST + timedelta(days=number)
        sold = BY_WEEKDAY[day.weekday()] * float(np.exp(random.normal(0, noise)))
        if sold > 0 and day != date(2025, 5, 1):
            found[day] = sold
    return found


def test_the_weekly_pattern_goes_on_and_the_shop_stays_shut_on_saturdays() -> None:
    series = daily_sales(amounts(noise=0.02))
    made = forecast(series, fit_parameters(series))
    assert series.weekdays == (0, 1, 2, 3, 4, 6)
    assert np.isnan(series.sales[series.days.index(date(2025, 5, 1))])
    assert len(made.days) == 28
    assert made.days[0] == series.last + timedelta(days=1)
    for day, expected, low, high in zip(made.days, made.expected, made.low, made.high, strict=True):
        assert expected == pytest.approx(BY_WEEKDAY[day.weekday()], rel=0.05)
        assert low <= expected <= high
    shut = [day.weekday() == 5 for day in made.days]
    assert (made.high[shut] == 0).all()


def test_in_the_backtest_it_beats_last_week_where_days_are_noisy_and_its_bounds_hold() -> None:
    series = daily_sales(amounts())
    known = first_origin(series)
    assert known.last == series.last - timedelta(days=49)
    found = backtest(series, fit_parameters(known))
    assert found["judged_days"] == 4 * 24
    assert found["mae"] < 0.85 * found["naive_mae"]
    assert 0.65 <= found["coverage"] <= 0.95


def test_last_week_means_the_last_open_day_of_the_same_weekday() -> None:
    sold = amounts(noise=0.0)
    monday = max(sold) - timedelta(days=6)
    del sold[monday]
    sold[monday - timedelta(days=7)] = 900.0
    series = daily_sales(sold)
    assert seasonal_naive(series, (series.last + timedelta(1), series.last + timedelta(6))).tolist() == [900.0, 0.0]


def test_too_few_days_are_said() -> None:
    with pytest.raises(NotTrainableError, match="needs 84 days with sales, and has 60"):
        daily_sales(amounts(days=70))


def test_a_forecast_is_made_once_per_content_and_those_of_days_that_went_are_dropped(settings: Settings) -> None:
    sold = amounts()
    with connect(settings.warehouse) as connection:
        connection.execute(TABLE.encode())
        copy_rows(connection, "marts.agg_daily_sales", ["invoice_date", "sales_amount"], sold.items())
    assert latest_metrics(settings) == {}
    first, again = forecast_daily_sales(settings), forecast_daily_sales(settings)
    assert (first.batch.written, again.batch.written) == (True, False)
    assert first.rows == again.rows
    assert (len(first.rows), first.batch.as_of) == (28, max(sold))
    assert latest_metrics(settings) == first.batch.metrics
    with connect(settings.warehouse) as connection:
        connection.execute("delete from marts.agg_daily_sales where invoice_date = %s", (max(sold),))
    assert forecast_daily_sales(settings).batch.as_of < max(sold)
    with connect(settings.warehouse) as connection:
        ((count,),) = connection.execute("select count(*) from predictions.daily_sales").fetchall()
    assert count == 28
