"""What kind of answer a question wants, and whether a sentence has one."""

from __future__ import annotations

import pytest

from aieco_assets.core.rag.understanding.answer_type import asks_yes_or_no, cue_of
from aieco_assets.core.rag.understanding.decomposition import asked_parts


@pytest.mark.parametrize(
    ("question", "has", "lacks"),
    [
        ("How heavy may a box be?", "Each carton weighs at most 24 kg.", "Cartons have 70 percent recycled content."),
        ("How much does the lamp cost?", "The lamp costs £38.50.", "The lamp takes a bulb of up to 7 watts."),
        ("What fine does a tenant pay for noise?", "The fine is 200 euros.", "Noise shall not exceed 42 decibels."),
        ("How long must a password be?", "Passwords have at least 14 characters.", "Passwords are kept secret."),
        ("How high should it hang?", "Hang it 2 metres above the ground.", "It is made of larch, 3 years old."),
        ("How hot may the bowl get?", "It may go into the oven up to 220 degrees.", "It holds 3.5 litres."),
        ("Who checks the racks?", "An outside inspector checks them.", "They are checked every 12 months."),
        ("When does the shop in Bath close?", "Bath 9:30 to 17:30", "The shop in Bath sells lamps."),
    ],
)
def test_a_sentence_with_the_kind_of_thing_that_is_asked_is_told_from_one_without(question, has, lacks):
    assert (cue_of(question).met(has), cue_of(question).met(lacks)) == (True, False)


def test_a_row_of_a_table_has_its_unit_over_the_column():
    assert cue_of("What does the lamp cost?").met("BRASS LAMP 38.50 2", "Product Price Carton")
    assert not cue_of("What does the lamp cost?").met("BRASS LAMP 38.50 2", "Product Weight Carton")


def test_what_is_asked_first_decides():
    assert cue_of("What does it cost to send a parcel that weighs 3 kg?").kind == "money"
    assert cue_of("Where can I see how many hours it has run?").kind == "where"


@pytest.mark.parametrize(
    ("question", "closed"),
    [
        ("Is jury duty paid?", True),
        ("I sold my sofa. Does the new owner have the guarantee?", True),
        ("Can you tell me when the shop closes?", False),
        ("How much is it?", False),
    ],
)
def test_questions_for_yes_or_no_are_told_from_others(question: str, closed: bool):
    assert asks_yes_or_no(question) is closed


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("How big is the deposit and who looks after it?", ["How big is the deposit", "who looks after it?"]),
        ("When is it due, and what if I am late?", ["When is it due", "what if I am late?"]),
        ("I lost my card. Can I get another?", ["I lost my card. Can I get another?"]),
        (
            "Who do I tell when I am ill and can't come to work?",
            ["Who do I tell when I am ill and can't come to work?"],
        ),
        ("Are towels and sheets covered?", ["Are towels and sheets covered?"]),
    ],
)
def test_a_question_that_asks_several_things_is_taken_apart(question: str, parts: list[str]):
    assert asked_parts(question) == parts
