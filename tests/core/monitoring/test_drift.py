"""Drift by the real Evidently on literal features: what moved is found, what did not is left in peace."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.chart import as_markdown, bar_chart
from aieco_assets.core.monitoring.drift import CATEGORICAL, NUMERIC, drift_report
from aieco_assets.core.monitoring.model_drift import model_drift
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.literal import simulate, write_features
from tests.core.monitoring.test_signals import stored_of
from tests.core.monitoring.test_signals_models import sales_of

JUNE, JULY = date(2025, 6, 30), date(2025, 7, 31)
DAY = date(2025, 8, 5)


def move_by_a_month(settings: Settings) -> None:
    """July is June again, but for the day."""
    with connect(settings.warehouse) as connection:
        connection.execute("delete from features.customer_rfm where as_of = %s", (JULY,))
        connection.execute(
            "insert into features.customer_rfm select (%s::date), customer_id, frequency, recency_days, t_days,"
            " monetary, revenue, orders, items_bought, last_purchase, first_purchase, country, mean_gap_days,"
            " distinct_items, returned, returns_share, first_day_revenue, first_country, recent_frequency"
            " from features.customer_rfm where as_of = %s",
            (JULY, JUNE),
        )


def test_a_shifted_column_is_found_and_the_others_are_not(settings: Settings) -> None:
    write_features(settings, simulate(300, seed=5), JUNE)
    move_by_a_month(settings)
    with connect(settings.warehouse) as connection:
        connection.execute("update features.customer_rfm set monetary = monetary * 2 where as_of = %s", (JULY,))
        connection.execute(
            "update features.customer_rfm set country = 'Norway' where as_of = %s and country = 'Spain'", (JULY,)
        )
    result = drift_report(settings, DAY)
    assert {column.column for column in result.columns if column.drifted} == {"monetary", "country"}
    assert result.share_drifted == pytest.approx(2 / 7)
    assert (result.reference_as_of, result.current_as_of) == (JUNE, JULY)
    assert "<html" in result.report.read_text()[:200].lower()
    assert result.report == settings.reports / "drift" / "2025-08-05.html"


def test_the_same_features_are_compared_once_and_a_day_is_replaced(settings: Settings) -> None:
    write_features(settings, simulate(300, seed=5), JUNE)
    move_by_a_month(settings)
    first = drift_report(settings, DAY)
    again = drift_report(settings, DAY)
    next_day = drift_report(settings, date(2025, 8, 6))
    assert (first.computed, again.computed, next_day.computed) == (True, False, False)
    assert first.columns == again.columns == next_day.columns
    assert not any(column.drifted for column in first.columns)
    assert next_day.report.read_bytes() == first.report.read_bytes()
    with connect(settings.warehouse) as connection:
        stored = connection.execute("select day, count(*) from monitoring.drift group by day order by day").fetchall()
    assert stored == [(DAY, 7), (date(2025, 8, 6), 7)]
    assert len(NUMERIC) + len(CATEGORICAL) == 7
    first.report.unlink()
    next_day.report.unlink()
    assert drift_report(settings, DAY).computed  # a lost page is made again


def test_one_month_end_is_nothing_to_compare(settings: Settings) -> None:
    write_features(settings, simulate(100, seed=5), JULY)
    with pytest.raises(AiecoError, match="two month ends"):
        drift_report(settings, DAY)
    write_features(settings, simulate(100, seed=5), date(2025, 9, 30))
    with pytest.raises(AiecoError, match="has one"):
        drift_report(settings, DAY)  # September was not known in August


def test_the_chart_marks_what_is_over_the_line_and_escapes_names() -> None:
    svg = bar_chart(["a<b", "c"], [0.05, 0.3], mark=0.1)
    assert "a&lt;b" in svg
    assert svg.count("#c0392b") == 1
    assert as_markdown(svg, "drift").startswith("![drift](data:image/svg+xml;base64,")


def test_customers_who_only_got_older_have_not_drifted(settings: Settings) -> None:
    """Two months later everybody has bought more in all, and nobody buys otherwise."""
    write_features(settings, simulate(400, seed=5, a=0.01, b=50.0), JUNE)
    move_by_a_month(settings)
    with connect(settings.warehouse) as connection:
        connection.execute(
            "update features.customer_rfm set frequency = 2 * frequency + 1, orders = 2 * orders,"
            " revenue = 2 * revenue, items_bought = 2 * items_bought, distinct_items = 2 * distinct_items,"
            " t_days = 2 * t_days, recency_days = 2 * recency_days where as_of = %s",
            (JULY,),
        )
    assert [column.column for column in drift_report(settings, DAY).columns if column.drifted] == []


def test_what_each_model_is_given_is_held_against_its_own_training(settings: Settings) -> None:
    write_features(settings, simulate(300, seed=5), JUNE)
    move_by_a_month(settings)
    with connect(settings.warehouse) as connection:
        connection.execute("update features.customer_rfm set items_bought = 9 * items_bought where as_of = %s", (JULY,))
    drift_report(settings, DAY)

    found = {one.model: one for one in model_drift(settings, DAY)}

    assert {model: [c.column for c in one.columns if c.drifted] for model, one in found.items()} == {
        "clv": [],
        "churn": ["items_per_order"],
        "segments": [],
    }
    assert (found["churn"].share_drifted, found["churn"].rows) == (0.2, 300)
    told = {key[1:]: value for key, value in stored_of(settings, DAY).items()}
    assert told["training_drift_share", "churn"] == (0.2, 300, None)
    assert told["drift_share", "customer_rfm"] == (pytest.approx(1 / 7), 300, None)
    assert told["training_drift_score", "churn.items_per_order"][0] == found["churn"].columns[3].score
    # Made again, and the next day with the same features: told the same, compared once.
    assert model_drift(settings, DAY) == list(found.values()) == model_drift(settings, date(2025, 8, 6))


def test_sales_of_four_weeks_are_held_against_those_before(settings: Settings) -> None:
    sales_of(settings, {DAY - timedelta(days=n): 200.0 + n % 3 if n < 28 else 100.0 + n % 3 for n in range(100)})
    (found,) = model_drift(settings, DAY)
    assert (found.model, found.current_as_of, found.rows) == ("daily_sales", DAY, 28)
    assert found.share_drifted == 1.0
    assert model_drift(settings, DAY - timedelta(days=50)) == []  # fifty days before are no three times four weeks


def test_seasons_that_came_and_went_before_are_no_drift_of_the_sales(settings: Settings) -> None:
    sales_of(settings, {DAY - timedelta(days=n): 100.0 + n % 5 + (0, 20, 60)[n // 28 % 3] for n in range(196)})
    (found,) = model_drift(settings, DAY)
    assert found.columns[0].score > 0.5  # far beyond what customers' features may differ by
    assert found.share_drifted == 0.0
