"""Gate, approval, rollback and history on a real MLflow store in a real Postgres."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from aieco_assets.core.contracts import CHALLENGER, CHAMPION
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.models import champion, history, load_champion_json, set_alias
from aieco_assets.core.registry.promotion import (
    GATE,
    Verdict,
    enter,
    in_production,
    is_judged,
    model_history,
    person,
    promote,
    rollback,
)
from aieco_assets.core.registry.versions import register_data_model, version_by_alias
from aieco_assets.core.settings import Settings

GOOD, BAD = Verdict(True, "RMSE 0.4 against 0.5", {"rmse": 0.4}), Verdict(False, "RMSE 0.6 against 0.5", {"rmse": 0.6})


def register(settings: Settings, *contents: bytes, kind: str = "toy") -> None:
    for content in contents:
        register_data_model(settings, "toy", {"model.json": content}, kind=kind)


def present(settings: Settings) -> int | None:
    found = champion(settings, "toy")
    return found.version if found else None


def test_a_worse_challenger_is_refused_and_a_better_one_promoted_and_rolled_back(settings: Settings) -> None:
    register(settings, b"1", b"2", b"3")
    assert enter(settings, "toy", 1, GOOD) == "promoted"
    assert enter(settings, "toy", 2, BAD) == "refused"
    assert present(settings) == 1
    refused = version_by_alias(settings, "toy", CHALLENGER)
    assert refused is not None
    assert (refused.version, refused.tags["gate"], refused.tags["gate_reason"]) == (2, "refused", BAD.reason)
    assert enter(settings, "toy", 3, GOOD) == "promoted"
    before = datetime.now(timezone.utc)
    moved = rollback(settings, "toy", "complaints")
    assert (moved.version, moved.before, present(settings)) == (1, 3, 1)
    moves = model_history(settings, "toy")
    then, now = in_production(moves, before), in_production(moves)
    assert then is not None and now is not None
    assert (then.to_version, then.actor, then.reason, then.metrics) == (3, GATE, GOOD.reason, {"rmse": 0.4})
    assert (now.to_version, now.actor, now.reason) == (1, person(), "complaints")
    assert in_production(moves, datetime(2020, 1, 1, tzinfo=timezone.utc)) is None


def test_a_second_rollback_goes_further_back_and_never_forward_again(settings: Settings) -> None:
    register(settings, b"1", b"2", b"3", b"4")
    for version in (1, 2, 3):
        enter(settings, "toy", version, GOOD)
    assert [rollback(settings, "toy").version for _ in range(2)] == [2, 1]
    with pytest.raises(AiecoError, match="No version of toy was in production before"):
        rollback(settings, "toy")
    promote(settings, "toy", 4)
    assert rollback(settings, "toy").version == 1


def test_four_steps_back_are_one_command(settings: Settings) -> None:
    register(settings, b"1", b"2", b"3", b"4", b"5")
    for version in range(1, 6):
        enter(settings, "toy", version, GOOD)
    with pytest.raises(AiecoError, match=r"toy can go back 1 to 4 steps, to version 4, 3, 2, 1; not 5\."):
        rollback(settings, "toy", steps=5)
    moved = rollback(settings, "toy", steps=4)
    assert (moved.before, moved.version, present(settings)) == (5, 1, 1)


def test_with_manual_promotion_a_person_decides(settings: Settings) -> None:
    manual = settings.model_copy(update={"promotion": "manual"})
    register(manual, b"1", b"2")
    assert enter(manual, "toy", 1, GOOD) == "waiting"
    with pytest.raises(AiecoError, match="version 1 passed its gate and waits for `aieco promote toy 1`"):
        load_champion_json(manual, "toy")
    assert enter(manual, "toy", 2, BAD) == "refused"
    with pytest.raises(AiecoError, match=r"refused \(RMSE 0.6 against 0.5\); `aieco promote toy 2`"):
        load_champion_json(manual, "toy")
    promote(manual, "toy", 2)
    assert history(manual, "toy")[-1].reason == "in spite of its gate"
    assert promote(manual, "toy", 1).moved
    assert not promote(manual, "toy", 1).moved
    last = history(manual, "toy")[-1]
    assert (last.alias, last.to_version, last.actor, last.reason, last.metrics) == (
        *(CHAMPION, 1, person(), "approved"),
        {"rmse": 0.4},
    )
    assert is_judged(manual, "toy", 1)
    assert not is_judged(manual, "toy", 3)


def test_what_cannot_be_promoted_is_one_sentence(settings: Settings) -> None:
    register(settings, b"1", b"2")
    with pytest.raises(AiecoError, match="toy has no version 7: it has 1, 2"):
        promote(settings, "toy", 7)
    with pytest.raises(AiecoError, match="no model 'tyo': it has toy"):
        promote(settings, "tyo", 1)
    with pytest.raises(AiecoError, match="no model 'tyo'"):
        model_history(settings, "tyo")
    register_data_model(settings, "llm", {"model.json": b"{}"}, kind="reference")
    with pytest.raises(AiecoError, match="said by AIECO_LLM"):
        rollback(settings, "llm")


def test_neither_an_altered_version_nor_one_that_somebody_else_replaced_moves_the_champion(settings: Settings) -> None:
    register(settings, b'{"a": 1}', b'{"a": 2}')
    enter(settings, "toy", 1, GOOD)
    enter(settings, "toy", 2, GOOD)
    with pytest.raises(AiecoError, match="has become version 2 meanwhile"):
        set_alias(settings, "toy", CHAMPION, 1, "maria", "typo", replacing=7)
    for file in settings.artifacts.rglob("model.json"):
        file.write_text('{"a": 9}')
    for attempt in (lambda: promote(settings, "toy", 1), lambda: rollback(settings, "toy")):
        with pytest.raises(AiecoError, match="version 1 are missing or were altered"):
            attempt()
    assert present(settings) == 2
