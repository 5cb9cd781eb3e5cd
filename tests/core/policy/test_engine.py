"""Ticks over a real Postgres: each day is decided once, whoever ticks and however often, and acted on once."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.policy.engine import tick
from aieco_assets.core.policy.records import approve, claim, due_actions, end, engine
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.policy.literal import DRIFT, FIRST, measured, morning_after, policies_of
from tests.waiting import until

APPROVED = DRIFT.replace("coolDown: 30d", "coolDown: 30d, approval: true")


def days(*shares: float | None):
    return {FIRST + timedelta(number): share for number, share in enumerate(shares)}


def live(settings: Settings, *shares: float | None, text: str = DRIFT) -> list[str]:
    found = []
    for day, share in days(*shares).items():
        measured(settings, {day: share})
        found += [one.outcome for one in tick(settings, policies_of(text), morning_after(day))]
    return found


def test_a_shift_acts_once_after_its_windows_and_never_again_while_it_cools(settings: Settings) -> None:
    found = live(settings, *[0.1] * 5, *[0.9] * 12)
    assert [at for at, outcome in enumerate(found) if outcome == "fire"] == [7]
    assert found[8:10] + found[10:] == ["hold", "hold", *["cooling_down"] * 7]
    assert [one.key for one in due_actions(settings, morning_after(FIRST + timedelta(30)))] == [
        "retrain_on_drift.2026-03-08#0",
        "retrain_on_drift.2026-03-08#1",
    ]


def test_a_day_that_is_not_over_is_not_decided_and_one_that_was_is_not_decided_again(settings: Settings) -> None:
    measured(settings, days(0.9))
    assert tick(settings, policies_of(), morning_after(FIRST) - timedelta(hours=1)) == []
    assert [one.id for one in tick(settings, policies_of(), morning_after(FIRST))] == ["retrain_on_drift.2026-03-01"]
    measured(settings, days(0.1))
    assert tick(settings, policies_of(), morning_after(FIRST)) == []


def test_signals_of_a_day_that_was_not_over_when_they_were_written_are_not_decided_on(settings: Settings) -> None:
    measured(settings, days(0.9))
    with connect(settings.warehouse) as connection:
        connection.execute("update monitoring.signal_days set computed_at = '2026-03-01 12:00Z'")
    assert tick(settings, policies_of(), morning_after(FIRST)) == []
    measured(settings, days(0.9))  # at night
    assert len(tick(settings, policies_of(), morning_after(FIRST))) == 1


def test_days_that_nobody_ticked_on_are_made_up_for_in_order(settings: Settings) -> None:
    live(settings, 0.1)
    measured(settings, days(0.1, 0.9, 0.9, 0.9, 0.9))
    found = tick(settings, policies_of(), morning_after(FIRST + timedelta(4)))
    assert [(one.day.day, one.outcome) for one in found] == [(2, "inconclusive"), (3, "inconclusive"), (4, "fire"),
                                                             (5, "hold")]  # fmt: skip


def test_a_new_policy_begins_with_the_last_day_and_not_with_history(settings: Settings) -> None:
    measured(settings, days(*[0.9] * 20))
    found = tick(settings, policies_of(), morning_after(FIRST + timedelta(19)))
    assert [one.day.day for one in found] == [20]


def test_two_engines_at_once_decide_each_day_once(settings: Settings) -> None:
    live(settings, 0.1)
    measured(settings, days(0.1, *[0.9] * 9))
    found: list[str] = []
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        found.extend(one.id for one in tick(settings, policies_of(), morning_after(FIRST + timedelta(9))))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 9
    with connect(settings.warehouse) as connection:
        ((actions,),) = connection.execute("select count(*) from monitoring.decision_actions").fetchall()
    assert actions == 2


def test_one_engine_acts_at_a_time(settings: Settings) -> None:
    with engine(settings) as first, engine(settings) as second:
        assert (first, second) == (True, False)


def test_a_killed_engine_lets_the_next_one_act(settings: Settings) -> None:
    code = """
import sys, time
from pydantic import SecretStr
from aieco_assets.core.policy.records import engine
from aieco_assets.core.settings import Settings
with engine(Settings(postgres_url=SecretStr(sys.argv[1]), _env_file=None)) as ours:
    print(ours, flush=True)
    time.sleep(600)
"""
    killed = subprocess.Popen([sys.executable, "-c", code, settings.warehouse], stdout=subprocess.PIPE, text=True)
    assert killed.stdout is not None and killed.stdout.readline() == "True\n"
    assert not acts(settings)
    killed.kill()
    killed.wait()
    until(lambda: acts(settings), 20, "the lock of the killed engine")


def acts(settings: Settings) -> bool:
    with engine(settings) as ours:
        return ours


def test_an_action_that_was_claimed_by_a_killed_engine_is_found_claimed_and_ended_once(settings: Settings) -> None:
    live(settings, *[0.1] * 4, *[0.9] * 3)
    now = morning_after(FIRST + timedelta(7))
    first, message = due_actions(settings, now)
    assert not first.claimed
    claim(settings, first)
    found, _ = due_actions(settings, now)
    assert (found.key, found.claimed) == (first.key, True)
    assert end(settings, found, "run 7")
    assert not end(settings, found, "run 8")
    assert [one.key for one in due_actions(settings, now)] == [message.key]


def test_what_waits_for_a_person_is_not_due_before_approval_and_is_approved_once(settings: Settings) -> None:
    assert live(settings, *[0.1] * 4, *[0.9] * 3, text=APPROVED)[-1] == "waiting_for_approval"
    now, id_ = morning_after(FIRST + timedelta(7)), "retrain_on_drift.2026-03-07"
    assert due_actions(settings, now) == []
    with pytest.raises(AiecoError, match=f"Decision x does not wait for anybody: of those that do, {id_}"):
        approve(settings, "x", "ann")
    approve(settings, id_, "ann")
    assert len(due_actions(settings, now)) == 2
    with pytest.raises(AiecoError, match=f"Decision {id_} was approved by ann before"):
        approve(settings, id_, "bob")


def test_thirty_stationary_days_do_nothing(settings: Settings) -> None:
    wobble = [0.2 + 0.1 * (number % 5) for number in range(30)]  # 0.2 to 0.6: one of five windows fails
    assert set(live(settings, *wobble)[3:]) == {"hold"}
