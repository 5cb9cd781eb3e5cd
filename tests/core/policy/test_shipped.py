"""The shipped policies on literal days: nothing while nothing happens, and what each was written for when it does."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pytest

from aieco_assets.core.policy.decide import decide
from aieco_assets.core.policy.files import SHIPPED, read_policies, together
from aieco_assets.core.policy.windows import Signal

FIRST = date(2026, 3, 1)
POLICIES = together([read_policies(path.read_text(), path.name) for path in sorted(SHIPPED.glob("*.yaml"))])
WON = ("canary_succeeded", "rag")  # told on one day
# Means and standard deviations of a home where all is well.
WELL = {
    ("verified_rate", "answer"): (0.8, 0.05, 300),
    ("thumbs_down_rate", "answer"): (0.1, 0.05, 40),
    ("golden_correct_rate", "rag"): (0.9, 0.0, 20),
    ("error_rate", "answer"): (0.005, 0.005, 300),
    ("latency_p99_ms", "answer"): (900.0, 150.0, 300),
    ("drift_share", "customer_rfm"): (1 / 7, 0.0, 4_000),
    ("calibration_error", "churn"): (0.03, 0.01, 4_000),
    WON: (0.0, 0.0, 200),
}
DAYS_AFTER = 6  # within the cool-down


def acted(days: int, shift: dict[tuple[str, str], float], from_day: int = 10) -> list[tuple[int, str, str, list[str]]]:
    """(day, policy, outcome, actions) of what was not held, with `shift` in place from a day on."""
    random = np.random.default_rng(7)
    signals: dict[tuple[str, str], dict[date, Signal]] = {}
    past: dict[str, list[tuple[date, str]]] = {}
    found = []
    for number in range(days):
        day = FIRST + timedelta(number)
        for pair, (mean, deviation, sample) in WELL.items():
            shifted = pair in shift and (number == from_day or (number > from_day and pair != WON))
            value = shift[pair] if shifted else abs(random.normal(mean, deviation))
            signals.setdefault(pair, {})[day] = Signal(float(value), sample, float(mean))
        now = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + timedelta(days=1)
        for one in decide(POLICIES, signals, past, day, now):
            past.setdefault(one.policy, []).append((day, one.outcome))
            if one.outcome in ("fire", "waiting_for_approval"):
                found.append((number, one.policy, one.outcome, [action.kind for action in one.actions]))
    return found


def test_thirty_days_on_which_nothing_happens_do_nothing() -> None:
    assert acted(30, {}) == []


@pytest.mark.parametrize(
    ("shift", "done"),
    [
        (
            {("drift_share", "customer_rfm"): 5 / 7},
            [(14, "retrain_on_drift", "fire", ["retrain", "retrain", "notify"])],
        ),
        (
            {("verified_rate", "answer"): 0.3},
            [(12, "answer_quality", "fire", ["canary", "evaluate", "retrain", "notify"])],
        ),
        ({("error_rate", "answer"): 0.06}, [(10, "rollback_on_errors", "fire", ["rollback", "notify"])]),
        (
            {("latency_p99_ms", "answer"): 2_500},
            [(10, "rollback_on_latency", "fire", ["rollback", "notify"])],
        ),
        ({("calibration_error", "churn"): 0.2}, [(10, "retrain_on_poor_calibration", "fire", ["retrain"])]),
        ({WON: 1.0}, [(10, "promote_canary", "fire", ["promote"])]),
    ],
)
def test_what_a_policy_was_written_for_makes_it_act_once(shift: dict[tuple[str, str], float], done: list) -> None:
    assert acted(done[0][0] + DAYS_AFTER, shift) == done


def test_a_machine_on_which_answers_always_take_long_is_not_rolled_back() -> None:
    slow = [policy for policy in POLICIES if policy.name == "rollback_on_latency"]
    day = date(2026, 11, 25)

    def outcome(p99: float, before: float | None) -> str:
        signals = {("latency_p99_ms", "answer"): {day: Signal(p99, 500, before)}}
        return decide(slow, signals, {}, day, datetime(2026, 11, 26, tzinfo=timezone.utc))[0].outcome

    assert outcome(40_000, before=38_000) == "hold"
    assert outcome(40_000, before=None) == "inconclusive"
    assert outcome(2_100, before=700) == "fire"
    assert outcome(1_900, before=700) == "hold"
