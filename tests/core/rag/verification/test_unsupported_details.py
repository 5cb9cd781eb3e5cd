"""What a free sentence may not change: each particular apart."""

from __future__ import annotations

import pytest

from aieco_assets.core.rag.verification import unsupported_details

RENTAL = "A deposit of £50 is due within 14 days. Bikes may be kept for up to two weeks, except in August."


@pytest.mark.parametrize(
    ("sentence", "unknown"),
    [
        ("The deposit is £50 and due within 14 days.", []),
        ("You may keep a bike for 2 weeks.", []),
        ("You may keep a bike for two weeks.", []),
        ("The deposit is £500.", ["500"]),
        ("You may keep a bike for three weeks.", ["3"]),
    ],
)
def test_a_number_that_no_passage_has_is_told(sentence: str, unknown: list[str]):
    assert unsupported_details.unknown_numbers(sentence, RENTAL) == unknown


def test_a_number_under_another_unit_is_told():
    assert unsupported_details.misused_units("The deposit is due within 14 weeks.", RENTAL) == 1
    assert unsupported_details.misused_units("The deposit is due within 14 days.", RENTAL) == 0


def test_a_unit_that_nobody_names_is_told():
    assert unsupported_details.unknown_units("The deposit is 50 euros.", RENTAL, "What is the deposit?") == 1
    assert unsupported_details.unknown_units("The deposit is 50 pounds.", RENTAL, "What is the deposit?") == 0


def test_a_name_that_nobody_names_is_told():
    assert unsupported_details.unknown_names("Ask Peter Holm for a bike.", RENTAL, "Whom do I ask?") == 2
    assert unsupported_details.unknown_names("Not in August.", RENTAL, "When?") == 0


def test_words_that_go_further_than_the_passages_are_told():
    assert unsupported_details.absolutes("All bikes are always insured.", RENTAL, "Are bikes insured?") == 2
    assert unsupported_details.demands("The deposit must be paid.", RENTAL) == 1


def test_the_other_side_of_a_pair_is_told():
    assert unsupported_details.opposites("Sales fell in May.", "Sales rose in May.") == 1
    assert unsupported_details.opposites("Sales rose in May.", "Sales rose in May and fell in June.") == 0


def test_a_limit_that_is_left_out_is_told():
    told = "Bikes may be kept for up to two weeks."
    assert unsupported_details.dropped_limits("Bikes can be kept for two weeks.", told) == 2


@pytest.mark.parametrize(
    ("sentence", "admits"),
    [
        ("The passages do not say.", True),
        ("The documents don't mention who pays.", True),
        ("The fee is not given in the documents.", True),
        ("No information about it was provided.", True),
        ("The handbook says that staff do not pay.", False),
        ("Employees do not pay for lunch.", False),
    ],
)
def test_that_the_documents_do_not_say_it_is_told_from_a_denial(sentence: str, admits: bool):
    assert unsupported_details.admits(sentence) is admits
