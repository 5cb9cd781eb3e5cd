"""What a question leaves out is taken from the question before it, and never makes an answer easier to give."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aieco_assets.core.rag.understanding.follow_up import complete
from tests.core.rag.scripted import answerer, page

LEAVE = "How many days of annual leave do full-time staff get?"
SHOP = "When is the shop in Leeds open?"
SALES = "How many sales have we made in the past year in the UK?"


@pytest.mark.parametrize(
    ("before", "asked", "whole"),
    [
        (LEAVE, "And for part-time staff?", "How many days of annual leave do part-time staff get?"),
        (LEAVE, "what about contractors", "How many days of annual leave do full-time staff get: contractors?"),
        (SHOP, "In Brighton?", "When is the shop in Brighton open?"),
        (SHOP, "and on Sundays?", "When is the shop in Leeds open on Sundays?"),
        (SALES, "and in Germany?", "How many sales have we made in the past year in Germany?"),
        ("How do I request a refund?", "How long does it take?", "How long does it take: request a refund?"),
        ("When do gift cards expire?", "Why?", "Why: gift cards expire?"),
        ("When do gift cards expire?", "And who approves?", "who approves: gift cards expire?"),
    ],
)
def test_what_is_left_out_comes_from_the_question_before(before: str, asked: str, whole: str):
    assert complete(asked, ["What is the dress code?", before]).text == whole


def test_a_follow_up_of_a_follow_up_keeps_what_was_added():
    assert complete("and on Sundays?", [SHOP, "In Brighton?"]).text == "When is the shop in Brighton open on Sundays?"


@pytest.mark.parametrize(
    "asked",
    [
        "What is the dress code?",
        "And what is the dress code?",
        "Is it allowed to smoke in the office?",
        "If I lose my card, who replaces it?",
        "dress code",
        "",
    ],
)
def test_a_question_that_stands_by_itself_is_left_alone(asked: str):
    assert complete(asked, [LEAVE]).text == asked
    assert complete(asked, [LEAVE]).added == frozenset()


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_text_is_completed_to_a_text(asked: str, history: list[str]):
    assert complete(asked, []).text == asked
    assert len(complete(asked, history).text) <= len(asked) + sum(map(len, history)) + 20


OPENING = page(
    "Opening hours\nThe shop in Leeds is open from 9 to 18 on weekdays. "
    "The shop in York is open from 10 to 16 on weekdays."
)
HOURS = "When is the shop in Leeds open?"


def test_a_follow_up_is_answered_with_a_quote_of_its_own():
    assert answerer("", OPENING).answer(HOURS).answer.startswith("The shop in Leeds is open from 9 to 18 on weekdays.")
    follow = answerer("", OPENING).answer("And in York?", history=["What?!", HOURS])
    assert follow.answer == "The shop in York is open from 10 to 16 on weekdays."
    assert [c.quote for c in follow.citations] == [follow.answer]


@pytest.mark.parametrize("asked", ["And for members?", "What about warehouses?", "and at night?"])
def test_what_answered_the_question_before_does_not_answer_the_next(asked: str):
    assert answerer("", OPENING).answer(asked, history=[HOURS]).abstained


def test_earlier_turns_that_are_no_questions_change_nothing():
    asked = answerer("", OPENING).answer(HOURS, history=["x" * 900, "\x00", "", "?"])
    assert asked.answer == answerer("", OPENING).answer(HOURS).answer
