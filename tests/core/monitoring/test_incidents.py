"""Incidents in a real Postgres: a thousand events are one, an end is told once, whoever reports and how often."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.incidents import (
    CRITICAL,
    Trouble,
    acknowledge,
    close_calm,
    incidents,
    recover,
    report,
    settle,
)
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, kept_connections

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
FAILED = Trouble("run_failed", "retail_day", "Run 1 of retail_day failed.")


@pytest.fixture
def told(settings: Settings) -> Settings:
    return settings.model_copy(update={"alerts": _secret("json://nobody.invalid/a, json://nobody.invalid/b?x=1,2")})


def _secret(text: str):
    from pydantic import SecretStr

    return SecretStr(text)


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def messages(settings: Settings) -> list[tuple[int, str, datetime, str | None]]:
    with connect(settings.warehouse) as connection:
        return connection.execute(
            "select incident_id, what, due_at, outcome from monitoring.incident_messages order by id"
        ).fetchall()


def test_a_thousand_flapping_events_are_one_incident_with_one_message_and_one_end(told: Settings) -> None:
    with kept_connections():
        for number in range(500):
            report(told, FAILED, minutes(number))
            recover(told, FAILED.kind, FAILED.subject, minutes(number + 0.5))
        assert close_calm(told, minutes(500)) == 0
    (one,) = incidents(told)
    assert (one["count"], one["opened_at"], one["resolved_at"]) == (500, NOON, None)
    assert [what for _, what, _, _ in messages(told)] == ["opened"] * 2  # one for each address
    assert [close_calm(told, minutes(514)), close_calm(told, minutes(515)), close_calm(told, minutes(600))] == [0, 1, 0]
    assert [what for _, what, _, _ in messages(told)] == ["opened"] * 2 + ["resolved"] * 2
    assert incidents(told) == []


def test_what_comes_back_after_its_end_is_another_incident(told: Settings) -> None:
    report(told, FAILED, NOON)
    recover(told, FAILED.kind, FAILED.subject, minutes(1))
    close_calm(told, minutes(60))
    assert report(told, FAILED, minutes(61))
    assert len(incidents(told, NOON)) == 2


def test_an_event_that_is_reported_again_after_a_crash_changes_nothing(told: Settings) -> None:
    assert [report(told, FAILED, NOON), report(told, FAILED, NOON)] == [True, False]
    assert [one["count"] for one in incidents(told)] == [1]
    recover(told, FAILED.kind, FAILED.subject, minutes(1))
    report(told, FAILED, NOON)
    assert close_calm(told, minutes(60)) == 1
    assert not report(told, FAILED, NOON)
    assert incidents(told) == []


def test_an_end_from_before_it_was_last_seen_is_none(told: Settings) -> None:
    report(told, FAILED, NOON)
    recover(told, FAILED.kind, FAILED.subject, minutes(-1))
    assert close_calm(told, minutes(60)) == 0


def test_processes_that_see_it_at_once_open_one_incident(told: Settings) -> None:
    barrier, new = threading.Barrier(6), []

    def see(number: int) -> None:
        barrier.wait()
        new.append(report(told, FAILED, minutes(number)))

    threads = [threading.Thread(target=see, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False] * 5 + [True]
    assert len(messages(told)) == 2


def test_what_is_no_longer_among_what_is_wrong_is_over_and_other_kinds_stay(told: Settings) -> None:
    def stale(*names: str) -> list[Trouble]:
        return [Trouble("stale_asset", name, f"{name} is stale.") for name in names]

    report(told, FAILED, NOON)
    settle(told, "stale_asset", stale("a", "b"), NOON)
    settle(told, "stale_asset", stale("b", "c"), minutes(1))
    assert close_calm(told, minutes(30)) == 1
    assert {one["subject"]: one["count"] for one in incidents(told)} == {"retail_day": 1, "b": 2, "c": 1}


def test_something_that_happened_is_told_once_and_has_no_end(told: Settings) -> None:
    happened = Trouble("policy_action", "back.2026-03-01#0", "Version 2 of clv is champion again.", lasting=False)
    assert [report(told, happened, NOON), report(told, happened, minutes(1))] == [True, False]
    assert close_calm(told, minutes(600)) == 0
    assert incidents(told) == []
    assert [what for _, what, _, _ in messages(told)] == ["opened"] * 2


def test_only_what_is_critical_breaks_the_quiet_hours_also_when_it_becomes_so(told: Settings) -> None:
    quiet = told.model_copy(update={"alerts_quiet_hours": "11:00-14:00"})
    report(quiet, FAILED, NOON)
    report(quiet, Trouble("disk", "home", "1 GiB is free.", CRITICAL), NOON)
    morning = NOON.replace(hour=14)
    assert [due for _, _, due, _ in messages(quiet)] == [morning, morning, NOON, NOON]
    report(quiet, Trouble(FAILED.kind, FAILED.subject, "Again.", CRITICAL), minutes(5))
    assert [due for _, _, due, _ in messages(quiet)] == [minutes(5), minutes(5), NOON, NOON]
    assert {one["severity"] for one in incidents(quiet)} == {CRITICAL}


def test_what_a_person_has_in_hand_is_not_told_any_more_but_for_its_end(told: Settings) -> None:
    report(told, FAILED, NOON)
    (one,) = incidents(told)
    assert acknowledge(told, one["id"], "ana")["acknowledged_by"] == "ana"
    assert acknowledge(told, one["id"], "ben")["acknowledged_by"] == "ana"
    recover(told, FAILED.kind, FAILED.subject, minutes(1))
    close_calm(told, minutes(60))
    assert [(what, outcome) for _, what, _, outcome in messages(told)] == [("opened", "dropped")] * 2 + [
        ("resolved", None)
    ] * 2
    with pytest.raises(AiecoError, match=r"Incident 1 is not open: of those that are, none is \(`aieco alerts list`"):
        acknowledge(told, one["id"], "ana")
