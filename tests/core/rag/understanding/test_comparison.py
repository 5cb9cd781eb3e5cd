"""What a question compares, and what is asked of each side alone."""

from __future__ import annotations

import time

import pytest

from aieco_assets.core.rag.understanding.comparison import comparison


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("What is the difference between the Pro and the Team licence?", "the Pro licence", "the Team licence"),
        ("How does the Pro licence differ from the Team licence?", "the Pro licence", "the Team licence"),
        ("How do Pro and Team differ?", "Pro", "Team"),
        ("Compare hand luggage with hold luggage.", "hand luggage", "hold luggage"),
        ("Sick leave vs. parental leave", "Sick leave", "parental leave"),
    ],
)
def test_both_sides_are_asked_for_alone(question: str, one: str, other: str) -> None:
    compared = comparison(question)

    assert compared is not None and not compared.lacking
    assert compared.sides == (one, other)
    assert compared.questions == (f"What is {one}?", f"What is {other}?")


@pytest.mark.parametrize(
    "question",
    [
        "What is included in Gold that is not in Silver?",
        "What is included in Gold that isn't included in Silver?",
        "What is included in Gold but not in Silver?",
    ],
)
def test_what_one_has_and_the_other_has_not_is_no_plain_difference(question: str) -> None:
    compared = comparison(question)

    assert compared is not None and compared.lacking
    assert compared.sides == ("Gold", "Silver")
    assert compared.questions == ("What is included in Gold?", "What is included in Silver?")


@pytest.mark.parametrize(
    "question",
    [
        "How much is the Gold plan?",
        "What is the difference?",
        "How long is the break between two shifts?",
        "How does delivery work to a country that is not in the EU?",
        "Which forms do I need for travel and for meals?",
        "What happens with an order that is not in stock?",
        "What do I do with a bike that is not covered by the warranty?",
        "Is there a fee for parcels that are not in the system?",
        "Who pays the difference between Gold and Silver?",
        "When is the difference between Gold and Silver refunded?",
        "Who is covered by Gold but not by Silver?",
    ],
)
def test_other_questions_compare_nothing(question: str) -> None:
    assert comparison(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "What does Gold have that Silver does not have?",
        "What does Gold include that Silver doesn't?",
        "Which features does Gold offer that Silver lacks?",
        "Does Gold have anything that Silver has not?",
    ],
)
def test_what_one_has_and_the_other_lacks_may_be_asked_with_verbs(question: str) -> None:
    compared = comparison(question)

    assert compared is not None and compared.lacking
    assert compared.sides == ("Gold", "Silver")
    assert compared.questions == ("What does Gold have?", "What does Silver have?")


def test_a_difference_of_one_thing_asks_for_this_thing_of_both() -> None:
    compared = comparison("Please explain the main price difference between Gold and Silver.")

    assert compared is not None and compared.about == {"price"}
    assert compared.questions == ("What is the price of Gold?", "What is the price of Silver?")


@pytest.mark.parametrize("unit", ["and ", "in a that is not in ", "does a have that ", "a' ", "compare a with "])
def test_no_question_keeps_the_patterns_busy(unit: str) -> None:
    began = time.perf_counter()
    comparison("What is the difference between " + unit * (20_000 // len(unit)))
    assert time.perf_counter() - began < 1
