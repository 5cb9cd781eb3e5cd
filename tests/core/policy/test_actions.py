"""Promotions and rollbacks by a policy: named in the history with their evidence, and done once."""

from __future__ import annotations

from datetime import date

import pytest

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, CLV, RAG
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.policy.actions import carry_out
from aieco_assets.core.policy.records import OpenAction
from aieco_assets.core.policy.schema_actions import Action
from aieco_assets.core.registry.aliases import history
from aieco_assets.core.registry.changes import last_moves
from aieco_assets.core.registry.promotion import Verdict, enter
from aieco_assets.core.registry.versions import register_data_model, version_by_alias
from aieco_assets.core.serving.canary_steps import pass_step, read_steps
from aieco_assets.core.settings import Settings

GOOD, BAD = Verdict(True, "better", {"rmse": 0.4}), Verdict(False, "worse", {"rmse": 0.6})
EVIDENCE = {
    "phase": "failed",
    "triggers": [
        {"metric": "latency_p99_ms", "entity": "answer", "phase": "failed", "seen": [{"value": 2345.6}]},
        {"metric": "error_rate", "entity": "answer", "phase": "inconclusive", "seen": [{"value": None}]},
    ],
}


def open_action(claimed: bool, **action: str) -> OpenAction:
    said = Action.model_validate(action)
    return OpenAction("slow.2026-03-05", 0, "slow", date(2026, 3, 5), said, claimed, EVIDENCE)


def champion(settings: Settings) -> int:
    found = version_by_alias(settings, CLV, CHAMPION)
    assert found is not None
    return found.version


@pytest.fixture
def three(settings: Settings) -> Settings:
    for content in (b"1", b"2", b"3"):
        register_data_model(settings, CLV, {"model.json": content}, kind="toy")
    for version in (1, 2, 3):
        enter(settings, CLV, version, GOOD)
    return settings


def test_a_rollback_by_a_policy_is_done_once_though_its_engine_was_killed_after_it(three: Settings) -> None:
    assert carry_out(three, open_action(False, rollback=CLV)) == "Version 2 of clv is champion again."
    # Killed before it could say so: the next engine finds it claimed.
    assert carry_out(three, open_action(True, rollback=CLV)) == "Version 2 of clv is champion again."
    assert champion(three) == 2


def test_a_rollback_that_was_claimed_and_not_done_is_done(three: Settings) -> None:
    assert carry_out(three, open_action(True, rollback=CLV)) == "Version 2 of clv is champion again."
    assert champion(three) == 2


def test_the_history_names_the_policy_and_its_evidence(three: Settings) -> None:
    carry_out(three, open_action(False, rollback=CLV))
    move = history(three, CLV)[-1]
    assert (move.actor, move.metrics["decision"], move.metrics["rmse"]) == ("policy slow", "slow.2026-03-05#0", 0.4)
    assert move.reason == ("latency_p99_ms of answer was 2346 on 2026-03-05: `aieco policy explain slow.2026-03-05`")


def test_a_challenger_is_promoted_and_one_that_its_gate_refused_is_not(three: Settings) -> None:
    register_data_model(three, CLV, {"model.json": b"4"}, kind="toy")
    with pytest.raises(AiecoError, match="has no challenger to promote"):
        carry_out(three, open_action(False, promote=CLV))
    enter(three, CLV, 4, BAD)
    with pytest.raises(AiecoError, match="Version 4 of clv was refused by its gate: the champion stays"):
        carry_out(three, open_action(False, promote=CLV))
    assert champion(three) == 3
    waiting = three.model_copy(update={"promotion": "manual"})
    register_data_model(three, CLV, {"model.json": b"5"}, kind="toy")
    enter(waiting, CLV, 5, GOOD)
    assert version_by_alias(three, CLV, CHALLENGER)
    assert carry_out(three, open_action(False, promote=CLV)) == "Version 5 of clv is champion."
    assert champion(three) == 5


def test_a_canary_takes_the_newest_version_through_its_steps_and_only_then_can_be_promoted(settings: Settings) -> None:
    for content in (b"1", b"2", b"3"):
        register_data_model(settings, RAG, {"model.json": content}, kind="toy")
    with pytest.raises(AiecoError, match="Model rag has no version after its champion"):
        carry_out(settings, canary(False))
    enter(settings, RAG, 1, GOOD)
    enter(settings, RAG, 3, BAD)

    told = [carry_out(settings, canary(claimed)) for claimed in (False, True)]

    assert told == ["Version 2 of rag answers 10 % of the conversations."] * 2
    number = last_moves(settings, [RAG])[RAG, CHALLENGER].number
    at = read_steps(settings, number)
    assert at is not None and (at.share, at.succeeded) == (0.1, False)
    with pytest.raises(AiecoError, match="Version 2 of rag was not tried on live questions to the end"):
        carry_out(settings, open_action(False, promote=RAG))
    pass_step(settings, pass_step(settings, at, 200), 200)
    assert carry_out(settings, open_action(False, promote=RAG)) == "Version 2 of rag is champion."


def test_a_shadow_that_nobody_would_ask_is_refused(settings: Settings) -> None:
    with pytest.raises(AiecoError, match="AIECO_SHADOW_SHARE is 0"):
        carry_out(settings, open_action(False, shadow=RAG))


def canary(claimed: bool) -> OpenAction:
    said = Action.model_validate({"canary": {"model": RAG, "steps": [10, 100]}})
    return OpenAction("slow.2026-03-05", 0, "slow", date(2026, 3, 5), said, claimed, EVIDENCE)
