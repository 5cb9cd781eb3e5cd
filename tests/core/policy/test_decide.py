"""What the engine decides on literal windows: how many failures act, and what each guard does."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from aieco_assets.core.policy.decide import Decision, decide
from aieco_assets.core.policy.files import read_policies, together
from aieco_assets.core.policy.windows import Signal

FIRST = date(2026, 3, 1)
BAD, GOOD, FEW, NONE = Signal(0.9, 100), Signal(0.1, 100), Signal(0.9, 9), None


def policies(more: str = "", trigger: str = "windows: 5, failureLimit: 2, minimumSample: 10"):
    triggers = f"triggers: [{{metric: drift_share, above: 0.5, {trigger}}}]"
    text = f"policies: [{{name: retrain_on_drift, {triggers}, actions: [{{retrain: churn}}]{more}}}]"
    return together([read_policies(text, "drift.yaml")])


def lived(policies, days: list[Signal | None], now: datetime | None = None) -> list[Decision]:
    """Day by day, as a daemon would."""
    signals, past, found = {("drift_share", "customer_rfm"): {}}, {}, []
    for number, signal in enumerate(days):
        day = FIRST + timedelta(number)
        if signal:
            signals["drift_share", "customer_rfm"][day] = signal
        moment = now or datetime(day.year, day.month, day.day, tzinfo=timezone.utc) + timedelta(days=1)
        for one in decide(policies, signals, past, day, moment):
            past.setdefault(one.policy, []).append((day, one.outcome))
            found.append(one)
    return found


def outcomes(*args, **more) -> list[str]:
    return [one.outcome for one in lived(*args, **more)]


def test_as_many_failures_as_the_limit_are_borne_and_one_more_acts() -> None:
    assert outcomes(policies(), [GOOD] * 5 + [BAD, BAD, GOOD, BAD])[5:] == ["hold", "hold", "hold", "fire"]
    assert outcomes(policies(), [GOOD] * 5 + [BAD, BAD, GOOD, GOOD, GOOD, BAD])[5:] == ["hold"] * 6


def test_a_small_or_missing_sample_decides_nothing_and_says_so() -> None:
    assert outcomes(policies(), [GOOD] * 5 + [FEW, FEW, NONE])[5:] == ["hold", "hold", "inconclusive"]
    assert outcomes(policies(), [NONE] * 4) == ["inconclusive"] * 4
    (decision,) = lived(policies(trigger="minimumSample: 10"), [FEW])
    (seen,) = decision.evidence["triggers"][0]["seen"]
    assert seen == {"day": "2026-03-01", "state": "inconclusive", "value": 0.9, "sample_size": 9, "reference": None}


def test_windows_from_before_an_act_do_not_count_again() -> None:
    found = outcomes(policies(), [GOOD] * 4 + [BAD] * 8)
    assert found[4:] == ["hold", "hold", "fire", "hold", "hold", "fire", "hold", "hold"]


def test_the_cool_down_keeps_it_from_acting_and_ends() -> None:
    found = outcomes(policies(", guards: {coolDown: 1w}", "windows: 1"), [BAD] * 9)
    assert found == ["fire", *["cooling_down"] * 6, "fire", "cooling_down"]


def test_the_budget_is_spent_and_comes_back() -> None:
    found = outcomes(policies(", guards: {budget: {runs: 2, period: 5d}}", "windows: 1"), [BAD] * 8)
    assert found == ["fire", "fire", "over_budget", "over_budget", "over_budget", "fire", "fire", "over_budget"]


def test_what_a_person_has_to_approve_waits_and_a_dry_run_does_nothing() -> None:
    (waits,) = lived(policies(", guards: {approval: true}", "windows: 1"), [BAD])
    assert (waits.outcome, [one.kind for one in waits.actions]) == ("waiting_for_approval", ["retrain"])
    (dry,) = lived(policies(", dryRun: true", "windows: 1"), [BAD])
    assert (dry.outcome, dry.actions, dry.evidence["would"]) == ("dry_run", (), [{"retrain": "churn"}])


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-02T23:30:00+00:00", "2026-03-03T06:00:00+00:00"),
        ("2026-03-02T05:59:00+00:00", "2026-03-02T06:00:00+00:00"),
        ("2026-03-02T06:00:00+00:00", "2026-03-02T06:00:00+00:00"),
        ("2026-03-02T00:30:00+02:00", "2026-03-02T06:00:00+00:00"),
        ("2026-03-02T12:00:00+00:00", "2026-03-02T12:00:00+00:00"),
    ],
)
def test_what_is_decided_in_quiet_hours_is_done_when_they_end(now: str, due: str) -> None:
    quiet = policies(", guards: {quietHours: 22:00-06:00}", "windows: 1")
    (decision,) = lived(quiet, [BAD], now=datetime.fromisoformat(now))
    assert (decision.outcome, decision.due_at) == ("fire", datetime.fromisoformat(due))


def test_success_has_to_last_and_is_counted_afresh_afterwards() -> None:
    promoting = policies(", onSuccess: [{promote: rag}]", "windows: 3, consecutiveSuccessLimit: 3")
    found = lived(promoting, [GOOD, GOOD, GOOD, GOOD, GOOD, GOOD])
    assert [one.outcome for one in found] == ["inconclusive", "inconclusive", "fire", "hold", "hold", "fire"]
    assert [one.to_json() for one in found[2].actions] == [{"promote": "rag"}]


def test_a_policy_that_another_names_acts_with_it_within_its_own_guards() -> None:
    text = """
policies:
  - name: watch
    triggers: [{metric: drift_share, above: 0.5}]
    then: [answer]
  - name: answer
    actions: [{notify: drift}]
    guards: {coolDown: 3d}
"""
    found = lived(together([read_policies(text, "x.yaml")]), [GOOD, BAD, BAD])
    told = [(one.policy, one.outcome) for one in found]
    assert told == [
        *(("watch", "hold"), ("answer", "hold")),
        *(("watch", "fire"), ("answer", "fire")),
        *(("watch", "fire"), ("answer", "cooling_down")),
    ]
    assert found[3].evidence["set_off_by"] == ["watch"]


def test_a_value_that_is_no_number_fails_its_window() -> None:
    assert outcomes(policies(trigger="windows: 1"), [Signal(float("nan"), 100)]) == ["fire"]
