"""Champions that two people have to ask for, on a real MLflow store in a real Postgres."""

from __future__ import annotations

import pytest

from aieco_assets.core.contracts import CHALLENGER, CHAMPION
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.roles import Person
from aieco_assets.core.registry.models import champion, history
from aieco_assets.core.registry.promotion import Verdict, enter, promote, rollback
from aieco_assets.core.registry.versions import register_data_model, version_by_alias
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.login.promotions import is_ours, move_alias

GOOD = Verdict(True, "RMSE 0.4 against 0.5", {"rmse": 0.4})


@pytest.fixture
def two(settings: Settings) -> Settings:
    """Two people are asked for; version 1 is in production, and 2 and 3 are not."""
    two = settings.model_copy(update={"promotion_people": 2})
    for content in (b"1", b"2", b"3"):
        register_data_model(two, "toy", {"model.json": content}, kind="toy")
    assert enter(two, "toy", 1, GOOD) == "promoted"  # there was none: nobody can have asked for another
    return two


def present(settings: Settings) -> int | None:
    found = champion(settings, "toy")
    return found.version if found else None


def audited(settings: Settings) -> list[tuple[str, str, int]]:
    """(actor, action, version) of what moved or was asked for, after the first version."""
    with connect(settings.warehouse) as connection:
        return connection.execute(
            "select actor, action, (detail ->> 'version')::int from governance.audit"
            " where subject = 'model:toy' and action = 'promotion_asked' order by sequence"
        ).fetchall()


def test_a_version_waits_until_another_person_asks_for_it_too(two: Settings) -> None:
    first = promote(two, "toy", 2, "better", "anna")
    assert not first.moved
    assert first.waits == (
        "Version 2 of toy waits for a second person: anna has asked for it (`aieco promote toy 2`, or MLflow's pages)."
    )
    assert promote(two, "toy", 2, "really", "anna").waits == first.waits
    assert promote(two, "toy", 3, "newer", "ben").waits  # of another version
    assert present(two) == 1
    assert promote(two, "toy", 2, "agreed", "ben").moved
    assert present(two) == 2
    last = history(two, "toy")[-1]
    assert (last.alias, last.actor, last.reason) == (CHAMPION, "anna and ben", "agreed")
    assert audited(two) == [
        ("anna", "promotion_asked", 2),
        ("ben", "promotion_asked", 3),
        ("ben", "promotion_asked", 2),
    ]
    with connect(two.warehouse) as connection:
        actors = connection.execute(
            "select actor from governance.audit where action = 'promoted' order by sequence"
        ).fetchall()
    assert actors[-1] == ("anna and ben",)


def test_what_was_asked_before_a_change_of_champion_counts_for_nothing(two: Settings) -> None:
    promote(two, "toy", 3, actor="anna")
    promote(two, "toy", 2, actor="anna")
    assert promote(two, "toy", 2, actor="ben").moved
    assert not promote(two, "toy", 3, actor="ben").moved
    assert present(two) == 2


def test_a_request_is_forgotten_after_two_weeks(two: Settings) -> None:
    promote(two, "toy", 2, actor="anna")
    with connect(two.warehouse) as connection:
        connection.execute("update registry.promotion_requests set asked_at = asked_at - interval '15 days'")
    assert promote(two, "toy", 2, actor="ben").waits
    assert promote(two, "toy", 2, actor="anna").moved


def test_neither_a_gate_nor_a_policy_is_a_person(two: Settings) -> None:
    assert enter(two, "toy", 2, GOOD) == "waiting"
    assert promote(two, "toy", 2, actor="policy canary").waits.startswith("Version 2 of toy waits for two people")
    assert promote(two, "toy", 2, actor="policy other").waits
    assert promote(two, "toy", 2, actor="anna").waits
    assert present(two) == 1
    assert promote(two, "toy", 2, actor="ben").moved
    with pytest.raises(AiecoError, match="'anna and ben' is not one person"):
        promote(two, "toy", 3, actor="anna and ben")


def test_one_person_rolls_back(two: Settings) -> None:
    promote(two, "toy", 2, actor="anna")
    promote(two, "toy", 2, actor="ben")
    assert rollback(two, "toy", actor="anna").moved
    assert present(two) == 1


def test_two_people_put_a_version_into_production_in_mlflows_pages(two: Settings) -> None:
    asked = {"name": "toy", "alias": "champion", "version": "2"}
    assert is_ours(asked)
    with pytest.raises(AiecoError, match="waits for a second person: anna has asked for it"):
        move_alias(two, "POST", asked, Person("anna", "approver"))
    assert present(two) == 1
    with pytest.raises(AiecoError, match="a token counts as none"):
        move_alias(two, "POST", asked, Person("ben", "approver", token="laptop"))
    move_alias(two, "POST", asked, Person("ben", "approver"))
    assert present(two) == 2
    last = history(two, "toy")[-1]
    assert (last.actor, last.reason) == ("anna and ben", "in MLflow's pages")


def test_mlflows_pages_name_a_challenger_and_move_no_alias_past_the_rules(two: Settings) -> None:
    for content in (b"1", b"2"):
        register_data_model(two, "rag", {"model.json": content}, kind="toy")
    enter(two, "rag", 1, GOOD)
    move_alias(two, "POST", {"name": "rag", "alias": "challenger", "version": "2"}, Person("anna", "approver"))
    found = version_by_alias(two, "rag", CHALLENGER)
    assert found is not None
    assert found.version == 2
    assert history(two, "rag")[-1].actor == "anna"
    for method, alias, version in (
        ("DELETE", "champion", ""),
        ("POST", "previous", "2"),
        ("POST", "Champion", "2"),
        ("POST", "champion", "2; drop"),
        ("POST", "champion", ""),
        ("POST", "champion", "9"),
    ):
        with pytest.raises(AiecoError):
            move_alias(two, method, {"name": "toy", "alias": alias, "version": version}, Person("anna", "approver"))
    assert present(two) == 1
