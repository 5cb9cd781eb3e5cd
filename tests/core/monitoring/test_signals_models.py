"""Signals of the models: estimated before the labels come, judged after, from literal predictions and purchases."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

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
