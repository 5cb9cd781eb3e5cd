"""A replay is what was decided live, whatever the signals and whenever somebody ticked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from aieco_assets.core.policy.engine import tick
from aieco_assets.core.policy.replay import replay
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.policy.literal import DRIFT, FIRST, measured, morning_after, policies_of

SEVERAL = """
policies:
  - name: retrain_on_drift
    triggers: [{metric: drift_share, above: 0.5, windows: 4, failureLimit: 1, minimumSample: 10}]
    actions: [{retrain: churn}]
    then: [tell]
    guards: {coolDown: 3d, budget: {runs: 2, period: 1w}, quietHours: 22:00-06:00}
  - name: tell
    actions: [{notify: It has drifted.}]
    guards: {coolDown: 2d}
  - name: promote_when_quiet
    triggers: [{metric: drift_share, above: 0.7, windows: 3, consecutiveSuccessLimit: 3}]
    onSuccess: [{promote: rag}]
    actions: [{rollback: rag}]
    guards: {approval: true}
"""
# What a day brings: a value, a day measured without it (None), or a day that nobody measured (-1); and whether
# somebody ticks after it.
DAYS = st.lists(st.tuples(st.sampled_from([0.1, 0.6, 0.9, None, -1.0]), st.booleans()), min_size=1, max_size=14)


@given(days=DAYS, seen=st.integers(3, 20))
@examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_signals_decided_live_are_decided_the_same_in_a_replay(settings: Settings, days, seen: int) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(
            "truncate monitoring.signals, monitoring.signal_days, monitoring.decisions, monitoring.decision_actions"
        )
    policies, live, day = policies_of(SEVERAL), [], FIRST
    for number, (value, ticks) in enumerate(days):
        day = FIRST + timedelta(number)
        if value != -1.0:
            measured(settings, {day: value})
        if ticks:
            live += tick(settings, policies, morning_after(day))

    replayed = replay(settings, policies, seen, morning_after(day))

    first = morning_after(day).date() - timedelta(days=seen)
    compared = [one for one in replayed if one.live]
    assert all(one.agrees for one in compared), [one for one in compared if not one.agrees]
    assert {one.decision.id for one in compared} == {one.id for one in live if one.day >= first}


def test_signals_that_were_written_anew_after_the_decision_show_as_a_difference(settings: Settings) -> None:
    measured(settings, {FIRST: 0.1})
    tick(settings, policies_of(), morning_after(FIRST))
    measured(settings, {FIRST: 0.9})
    (one,) = replay(settings, policies_of(), 3, morning_after(FIRST))
    assert (one.agrees, one.live and one.live.outcome, one.decision.outcome) == (False, "inconclusive", "inconclusive")


def test_a_changed_policy_is_replayed_over_days_that_the_old_one_decided(settings: Settings) -> None:
    for number in range(6):
        measured(settings, {FIRST + timedelta(number): 0.9})
        tick(settings, policies_of(), morning_after(FIRST + timedelta(number)))
    laxer = policies_of(DRIFT.replace("above: 0.5", "above: 0.95"))

    found = replay(settings, laxer, 30, morning_after(FIRST + timedelta(5)))

    assert [one.decision.outcome for one in found] == ["inconclusive", "hold", "hold", "hold", "hold", "hold"]
    assert [one.live and one.live.outcome for one in found][2] == "fire"
    assert {one.agrees for one in found} == {None}


@pytest.mark.parametrize("days", [1, 30])
def test_a_replay_writes_nothing(settings: Settings, days: int) -> None:
    measured(settings, {FIRST: 0.9})
    replay(settings, policies_of(), days, morning_after(FIRST))
    with connect(settings.warehouse) as connection:
        assert connection.execute("select from monitoring.decisions").fetchall() == []
