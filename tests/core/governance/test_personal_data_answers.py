"""No answer says what pii.yaml keeps back, and it says why without the value."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from aieco_assets.core.governance.personal_data_answers import screen_of
from aieco_assets.core.rag.evidence.thresholds import calibrated_policy
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.settings import Settings
from tests.core.rag.scripted import answerer, page

CARD = "4111 1111 1111 1111"
PAGE = page(
    f"Company card\nThe company card for travel has the number {CARD}. "
    "Goods can be returned within 30 days of delivery.\n"
    "The office in London is managed by John Smith.\n"
)
CARD_QUESTION = "Which number does the company card for travel have?"


def screened(tmp_path: Path, rules: str = "") -> Answerer:
    path = tmp_path / "pii.yaml"
    path.write_text(rules)
    settings = Settings(home=tmp_path, pii=str(path) if rules else "", _env_file=None)  # type: ignore[call-arg]
    asking = answerer("", PAGE)
    asking.screen = screen_of(settings)
    return asking


def test_an_answer_with_a_card_number_is_not_given(tmp_path: Path) -> None:
    assert CARD in answerer("", PAGE).answer(CARD_QUESTION).answer

    answer = screened(tmp_path).answer(CARD_QUESTION)

    assert (answer.abstained, answer.verified, answer.citations) == (True, False, ())
    assert answer.answer.startswith("The answer holds a card number, which answers here don't say")
    assert CARD not in str(answer)


def test_another_answer_from_the_same_page_is_given(tmp_path: Path) -> None:
    answer = screened(tmp_path).answer("Within how many days can goods be returned?")

    assert answer.answer == "Goods can be returned within 30 days of delivery."


def test_a_file_that_lets_card_numbers_be_said_has_them_said(tmp_path: Path) -> None:
    answer = screened(tmp_path, "kinds: {card_number: {answers: say}}").answer(CARD_QUESTION)

    assert CARD in answer.answer


def test_names_are_kept_back_where_a_file_says_so(tmp_path: Path) -> None:
    question = "Who manages the office in London?"
    assert "John Smith" in screened(tmp_path).answer(question).answer

    answer = screened(tmp_path, "kinds: {name: {answers: refuse}}").answer(question)

    assert answer.abstained and "a person's name" in answer.answer
    assert "Smith" not in str(answer)


def test_no_part_with_a_value_is_told_while_a_model_writes(tmp_path: Path) -> None:
    told: list[str] = []
    says = f"The company card for travel has the number {CARD}. [1]"
    asking = screened(tmp_path)
    writing = answerer(says, PAGE, policy=replace(calibrated_policy(), mode="write"))
    writing.screen = asking.screen

    answer = writing.answer(CARD_QUESTION, told=told.append)

    assert answer.abstained
    assert CARD not in "".join(told) + str(answer)


@pytest.mark.parametrize("way", ["over", "having"])
def test_another_version_keeps_back_the_same(tmp_path: Path, way: str) -> None:
    asking = screened(tmp_path)
    other = asking.over(asking.index) if way == "over" else asking.having(asking.llm, asking.policy, asking.prompt)

    assert other.answer(CARD_QUESTION).abstained
