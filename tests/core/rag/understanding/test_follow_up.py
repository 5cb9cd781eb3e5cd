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
        (LEAVE, "what about contractors", "How many days of annual leave do contractors get?"),
        (SHOP, "In Brighton?", "When is the shop in Brighton open?"),
        (SHOP, "and on Sundays?", "When is the shop in Leeds open on Sundays?"),
        (SALES, "and in Germany?", "How many sales have we made in the past year in Germany?"),
        ("How do I request a refund?", "How long does it take?", "How long does it take: request a refund?"),
        ("When do gift cards expire?", "Why?", "Why: gift cards expire?"),
        ("When do gift cards expire?", "And who approves?", "who approves: gift cards expire?"),
        ("How long can I rent a kayak?", "And a tent?", "How long can I rent a tent?"),
        ("What does repairing a zip on the Alpin coat cost?", "And a hem?", "What does a hem on the Alpin coat cost?"),
        ("How big is the tank of the Vento?", "and of the Brisa?", "How big is the tank of the Brisa?"),
        (
            "Do pupils get a discount on tickets?",
            "Does that also apply to books?",
            "Do pupils get a discount on books?",
        ),
        ("How long is a week pass valid?", "What about a yearly one?", "How long is a yearly pass valid?"),
        ("How heavy may a crate be?", "What does it cost?", "What does a crate cost?"),
        ("How much is a crate?", "And a letter?", "How much is a letter?"),
        ("Are small crates insured?", "And large ones?", "Are large crates insured?"),
        ("When is the pool open?", "Who cleans it?", "Who cleans the pool?"),
        ("When are lockers emptied?", "What do they cost?", "What do lockers cost?"),
        ("How many vouchers do members get?", "How many of them can I share?", "How many vouchers can I share?"),
        ("Can I park a van in the yard?", "What does that cost?", "What does that cost: park a van in the yard?"),
        ("What is the fee for the North hall and the South hall?", "Which of them is cheaper?", None),
    ],
)
def test_what_is_left_out_comes_from_the_question_before(before: str, asked: str, whole: str | None):
    text = complete(asked, ["What is the dress code?", before]).text
    assert text == whole if whole else text.startswith(f"{asked[:-1]}: ")


@pytest.mark.parametrize(
    ("before", "asked", "whole"),
    [
        ("How much is a room for two?", "No, I meant for three", "How much is a room for three?"),
        ("How much is a room?", "Sorry, I was asking about the Blue suite", "How much is a room for the Blue suite?"),
        ("When does the north gate close?", "no, the south gate", "When does the south gate close?"),
        (
            "When does the north gate close?",
            "I meant the south gate, not the north gate",
            "When does the south gate close?",
        ),
        ("When does the gate close?", "No, I meant when does it open?", "when does the gate open?"),
        ("How much leave do interns get?", "not interns but trainees", "How much leave do trainees get?"),
        ("How much leave do interns get?", "trainees, I mean", "How much leave do trainees get?"),
    ],
)
def test_a_correction_takes_the_place_of_what_was_misunderstood(before: str, asked: str, whole: str):
    assert complete(asked, [before]).text == whole


def test_thanks_and_nods_between_questions_are_passed_over():
    asked = ["When is the pool open?", "Thanks!", "ok", "yes please"]
    assert complete("Who cleans it?", asked).text == "Who cleans the pool?"


def test_thanks_before_a_question_are_no_part_of_it():
    assert complete("Great, thanks! And the sauna?", ["When is the pool open?"]).text == "When is the sauna open?"


def test_a_follow_up_of_a_follow_up_keeps_what_was_added():
    assert complete("and on Sundays?", [SHOP, "In Brighton?"]).text == "When is the shop in Brighton open on Sundays?"


@pytest.mark.parametrize(
    "asked",
    [
        "What is the dress code?",
        "And what is the dress code?",
        "What does the one day ticket cost?",
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
