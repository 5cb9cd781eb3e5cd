"""A candidate whose share grows: a step is passed by enough answers, once, whoever counted them."""

from __future__ import annotations

from aieco_assets.core.contracts import CANARY, CHAMPION, RAG
from aieco_assets.core.policy.canary import CanaryRules
from aieco_assets.core.serving.canary import Outcome, Trial
from aieco_assets.core.serving.canary_steps import begin, pass_step, read_steps
from aieco_assets.core.settings import Settings

FINE = Outcome(milliseconds=400)
RULES = CanaryRules.model_validate({"minimumSample": 2, "consecutiveSuccessLimit": 3})


def test_a_step_is_passed_by_answers_of_both_and_counted_afresh() -> None:
    trial = Trial(RULES)
    assert [trial.note(CANARY, FINE) for _ in range(3)] == ["", "", ""]
    assert trial.passed() == 0  # the champion has not answered
    assert [trial.note(CHAMPION, FINE) for _ in range(2)] == ["", ""]
    assert (trial.passed(), trial.passed()) == (3, 0)
    assert [trial.note(CANARY, FINE), trial.passed(), trial.note(CANARY, FINE), trial.passed()] == ["", 0, "", 0]
    assert (trial.note(CANARY, FINE), trial.passed()) == ("", 3)


def test_the_share_grows_to_the_last_step_and_then_it_has_succeeded(settings: Settings) -> None:
    assert read_steps(settings, 7) is None
    begin(settings, 7, {RAG: 3}, (5, 25, 100))
    begin(settings, 7, {RAG: 3}, (10, 50))  # it has begun
    at = read_steps(settings, 7)
    assert at is not None
    shares = [at.share]
    for _ in range(3):
        at = pass_step(settings, at, 200)
        shares.append(at.share)
    assert (shares, at.succeeded) == ([0.05, 0.25, 1.0, 1.0], True)


def test_two_processes_that_pass_the_same_step_go_one_step_further(settings: Settings) -> None:
    begin(settings, 7, {RAG: 3}, (5, 25, 100))
    one = other = read_steps(settings, 7)
    assert one is not None and other is not None
    assert pass_step(settings, one, 200).step == 1
    assert pass_step(settings, other, 200).step == 1
