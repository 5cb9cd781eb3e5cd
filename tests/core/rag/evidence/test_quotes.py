"""What is quoted with a sentence, so that a reader understands it."""

from __future__ import annotations

import pytest

from aieco_assets.core.contracts import Page
from aieco_assets.core.rag.evidence.quotes import quoted_spans, shown
from aieco_assets.core.rag.understanding.answer_type import asks_for_several
from aieco_assets.core.text.sentences import split_page

KIT = Page(
    "0" * 64,
    "kit.md",
    1,
    "A first-aid kit stands at the till.\n\nEvery kit holds:\n\n"
    "- ten plasters\n- two bandages\n- one pair of scissors\n\nThe manager checks it in May.\n",
)


def test_an_item_is_quoted_with_the_line_that_introduces_it():
    units = split_page(KIT)
    item = next(unit for unit in units if "bandages" in unit.text)
    assert shown(quoted_spans(item, units)) == "Every kit holds: two bandages"


def test_where_a_list_is_asked_for_an_item_is_quoted_with_all_the_others():
    units = split_page(KIT)
    item = next(unit for unit in units if "bandages" in unit.text)
    told = shown(quoted_spans(item, units, several=True))
    assert told == "Every kit holds: ten plasters; two bandages; one pair of scissors"


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("What are the contents of a first-aid kit?", True),
        ("List the things in the kit", True),
        ("How do I return a parcel?", True),
        ("What is in the kit?", False),
        ("How many bandages are in the kit?", False),
        ("When is it checked?", False),
    ],
)
def test_a_question_for_a_list_is_told_from_one_for_a_thing(question: str, several: bool):
    assert asks_for_several(question) is several
