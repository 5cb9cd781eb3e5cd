"""Signals of the models: estimated before the labels come, judged after, from literal predictions and purchases."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from aieco_assets.core.monitoring.effect_sizes import cohens_h
from aieco_assets.core.monitoring.signal_catalogue import METRICS
from aieco_assets.core.monitoring.signals_models import estimated_accuracy, estimated_roc_auc
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows
from tests.core.customers.orders import write_orders
from tests.core.monitoring.test_signals import stored_of

AS_OF = date(2025, 11, 30)  # judged from 2026-03-07: 90 days, and 7 for what arrives late


def risks_of(settings: Settings, as_of: date, risks: list[float]) -> None:
    with connect(settings.warehouse) as connection:
        names = ("as_of", "customer_id", "churn_risk", "reason_1", "reason_2", "reason_3", "model_version", "scored_at")
        rows = [(as_of, f"c{n}", risk, "", "", "", 1, datetime.now(timezone.utc)) for n, risk in enumerate(risks)]
        copy_rows(connection, "predictions.churn", names, rows)


def test_churn_is_estimated_before_its_labels_come_and_judged_after(settings: Settings) -> None:
    risks_of(settings, AS_OF, [0.2] * 10 + [0.9] * 10)
    before = stored_of(settings, date(2025, 12, 5))
    assert {metric for _, metric, _ in before} == {"mean_prediction", "estimated_accuracy", "estimated_roc_auc"}
    assert before[date(2025, 12, 5), "estimated_accuracy", "churn"] == (pytest.approx(0.85), 20, None)

    # c0 to c7 come back in time, c8 a day too late; of the others none does.
    bought = [(f"c{n}", AS_OF + timedelta(days=90), "sale") for n in range(8)]
    write_orders(settings, [*bought, ("c8", AS_OF + timedelta(days=91), "sale")])
    assert "brier_score" not in {metric for _, metric, _ in stored_of(settings, date(2026, 3, 6))}
    judged = {key[1]: value for key, value in stored_of(settings, date(2026, 3, 7)).items()}
    assert judged["target_rate"] == (pytest.approx(0.6), 20, pytest.approx(0.55))
    brier = (8 * 0.2**2 + 2 * 0.8**2 + 10 * 0.1**2) / 20
    assert judged["brier_score"] == (pytest.approx(brier), 20, pytest.approx(0.24))
    assert judged["calibration_error"][0] == pytest.approx((2 * 0.8 + 8 * 0.2 + 10 * 0.1) / 20)
    # Labels that never come: after a while nothing is said any more.
    assert "brier_score" not in {metric for _, metric, _ in stored_of(settings, date(2026, 7, 1))}


def test_risks_that_moved_from_one_month_to_the_next_are_told_in_standard_deviations(settings: Settings) -> None:
    risks_of(settings, date(2025, 10, 31), [0.2, 0.4] * 20)
    risks_of(settings, AS_OF, [0.4, 0.6] * 20)
    found = {key[1]: value for key, value in stored_of(settings, date(2025, 12, 5)).items()}
    assert found["prediction_shift"] == (pytest.approx(2.0), 40, None)
    assert found["mean_prediction"] == (pytest.approx(0.5), 40, pytest.approx(0.3))


def test_expected_purchases_are_held_against_those_that_came(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        names = ("as_of", "customer_id", "p_alive", "expected_purchases_30d", "expected_purchases_90d")
        names += ("expected_purchases_365d", "model_name", "model_version", "scored_at")
        rows = [(AS_OF, f"c{n}", 1, 1, 2.5, 9, "clv", 1, datetime.now(timezone.utc)) for n in range(4)]
        copy_rows(connection, "predictions.customers", names, rows)
    days = (AS_OF, AS_OF + timedelta(days=1), AS_OF + timedelta(days=90), AS_OF + timedelta(days=95))
    write_orders(settings, [("c0", day, "sale") for day in days] + [("x", days[1], "sale"), ("c1", days[1], "sale")])
    found = stored_of(settings, date(2026, 3, 7))
    assert found[date(2026, 3, 7), "calibration_ratio", "clv"] == (pytest.approx(3 / 10), 4, 1.0)


@given(risks=st.lists(st.floats(0.01, 0.99), min_size=1, max_size=50))
def test_estimates_lie_within_what_the_catalogue_says_of_them(risks: list[float]) -> None:
    for name, estimate in (("estimated_accuracy", estimated_accuracy), ("estimated_roc_auc", estimated_roc_auc)):
        value = estimate(np.array(risks))
        assert METRICS[name].low - 1e-9 <= value <= METRICS[name].high + 1e-9


def test_the_estimates_are_what_labels_give_when_the_risks_are_calibrated() -> None:
    random = np.random.default_rng(1)
    risks = random.beta(2, 3, 200_000)
    churned = random.random(200_000) < risks
    assert estimated_accuracy(risks) == pytest.approx(float(((risks > 0.5) == churned).mean()), abs=0.005)
    assert estimated_roc_auc(risks) == pytest.approx(float(roc_auc_score(churned, risks)), abs=0.005)


def clv_of(settings: Settings, as_of: date, expected: list[float], bounds: tuple[float, float] | None = None) -> None:
    low, high = bounds or (None, None)
    names = ("as_of", "customer_id", "p_alive", "expected_purchases_30d", "expected_purchases_90d")
    names += ("expected_purchases_365d", "purchases_90d_low", "purchases_90d_high", "model_name", "model_version")
    now = datetime.now(timezone.utc)
    rows = [(as_of, f"c{n}", 1, 1, one, 9, low, high, "clv", 1, now) for n, one in enumerate(expected)]
    with connect(settings.warehouse) as connection:
        copy_rows(connection, "predictions.customers", (*names, "scored_at"), rows)


def test_purchases_are_held_against_their_bounds_and_those_of_the_month_before(settings: Settings) -> None:
    month_before = date(2025, 10, 31)
    clv_of(settings, month_before, [1.0] * 4)
    clv_of(settings, AS_OF, [1.0] * 4, bounds=(0, 1))
    early, late = (month_before + timedelta(days=1), AS_OF + timedelta(days=40))
    bought = [("c0", early), *((f"c{n}", AS_OF + timedelta(days=1)) for n in range(4)), ("c0", late), ("c1", late)]
    write_orders(settings, [(who, day, "sale") for who, day in [*bought, ("x", AS_OF + timedelta(days=90))]])

    found = stored_of(settings, date(2026, 3, 7))

    assert found[date(2026, 3, 7), "interval_coverage", "clv"] == (0.5, 4, 0.9)  # c0 and c1 bought twice
    # In the 90 days after November: 2, 2, 1, 1 days; after October: 3, 2, 1, 1.
    shift, sample, before = found[date(2026, 3, 7), "target_shift", "clv"]
    assert (shift, sample, before) == (pytest.approx((1.5 - 1.75) / np.sqrt((1 / 3 + 2.75 / 3) / 2)), 4, 1.75)


def test_a_churned_share_that_grew_is_told_as_cohens_h(settings: Settings) -> None:
    month_before = date(2025, 10, 31)
    risks_of(settings, month_before, [0.5] * 4)
    risks_of(settings, AS_OF, [0.5] * 4)
    early, late = month_before + timedelta(days=1), AS_OF + timedelta(days=90)
    write_orders(settings, [("c0", early, "sale"), ("c1", early, "sale"), ("c0", late, "sale")])
    found = stored_of(settings, date(2026, 3, 7))
    assert found[date(2026, 3, 7), "target_shift", "churn"] == (pytest.approx(cohens_h(0.75, 0.5)), 4, 0.5)


def test_the_purchases_that_a_model_expects_and_its_segments_are_held_against_the_month_before(
    settings: Settings,
) -> None:
    clv_of(settings, date(2025, 10, 31), [1.0, 2.0] * 10)
    clv_of(settings, AS_OF, [2.0, 3.0] * 10)
    names = ("as_of", "customer_id", "segment", "recency_score", "frequency_score", "monetary_score", "cluster")
    with connect(settings.warehouse) as connection:
        for as_of, champions in ((date(2025, 10, 31), 10), (AS_OF, 0)):
            rows = [
                (as_of, f"c{n}", "Champions" if n < champions else "Loyal", 5, 5, 5, 1, 1, datetime.now(timezone.utc))
                for n in range(20)
            ]
            copy_rows(connection, "predictions.segments", (*names, "model_version", "scored_at"), rows)
    found = {key[1:]: value for key, value in stored_of(settings, date(2025, 12, 5)).items()}
    assert found["prediction_shift", "clv"] == (pytest.approx(2.0), 20, None)
    told, sample, _ = found["prediction_shift", "segments"]
    # (1/2, 1/2) against (0, 1) by the definition of the distance, in natural logarithms as Evidently has it.
    divergence = (0.5 * np.log(2) + 0.5 * np.log(2 / 3) + np.log(4 / 3)) / 2
    assert (told, sample) == (pytest.approx(np.sqrt(divergence)), 20)


def forecast_of(settings: Settings, as_of: date, expected: float) -> None:
    names = ("as_of", "day", "expected", "low", "high", "model_version", "scored_at")
    rows = [
        (as_of, as_of + timedelta(days=n), expected, 80.0, 120.0, 1, datetime.now(timezone.utc)) for n in range(1, 29)
    ]
    with connect(settings.warehouse) as connection:
        copy_rows(connection, "predictions.daily_sales", names, rows)


def sales_of(settings: Settings, amounts: dict[date, float]) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute("create table if not exists marts.agg_daily_sales (invoice_date date, sales_amount numeric)")
        copy_rows(connection, "marts.agg_daily_sales", ("invoice_date", "sales_amount"), list(amounts.items()))


def test_a_forecast_is_held_against_the_sales_that_came(settings: Settings) -> None:
    forecast_of(settings, AS_OF, 100.0)
    before = {AS_OF - timedelta(days=n): 90.0 + n % 2 for n in range(28)}
    # 28 days of which one was shut; half of the others sold 110, half 130.
    after = {AS_OF + timedelta(days=n): 110.0 if n % 2 else 130.0 for n in range(1, 28)}
    sales_of(settings, before | after | {AS_OF + timedelta(days=28): 0.0})
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into predictions.scored_months (name, as_of, model_version, input_digest, rows, metrics, scored_at)"
            " values ('daily_sales', %s, 1, '', 28, '{\"mae\": 12}', now())",
            (AS_OF,),
        )
    day = AS_OF + timedelta(days=28 + 7)
    assert "forecast_wape" not in {metric for _, metric, _ in stored_of(settings, day - timedelta(days=1))}

    found = {key[1:]: value for key, value in stored_of(settings, day).items()}

    came = 14 * 110 + 13 * 130
    error = 14 * 10 + 13 * 30
    assert found["forecast_wape", "daily_sales"] == (pytest.approx(error / came), 27, pytest.approx(12 * 27 / came))
    assert found["calibration_ratio", "daily_sales"] == (pytest.approx(came / 2700), 27, 1.0)
    assert found["interval_coverage", "daily_sales"] == (pytest.approx(14 / 27), 27, 0.8)
    assert found["target_shift", "daily_sales"][0] > 3


def test_a_forecast_that_says_something_else_than_four_weeks_before_has_moved(settings: Settings) -> None:
    forecast_of(settings, AS_OF - timedelta(days=28), 100.0)
    forecast_of(settings, AS_OF, 110.0)
    with connect(settings.warehouse) as connection:
        connection.execute(
            "update predictions.daily_sales set expected = case when extract(day from day)::int %% 2 = 0 then 90 else"
            " 110 end where as_of = %s",
            (AS_OF - timedelta(days=28),),
        )
    found = stored_of(settings, AS_OF)
    assert found[AS_OF, "prediction_shift", "daily_sales"] == (pytest.approx(1.0, rel=0.1), 28, None)
