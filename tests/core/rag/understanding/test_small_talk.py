"""What asks nothing is answered with a sentence; what asks something is never taken for it."""

from __future__ import annotations

import pytest

from aieco_assets.core.rag.understanding.small_talk import small_talk, without_small_talk


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Thanks!", "You're welcome"),
        ("thank you so much for your help", "You're welcome"),
        ("Perfect - thank you, bye", "You're welcome"),
        ("danke schön", "You're welcome"),
        ("Good morning! How are you today?", "Hello"),
        ("hey there", "Hello"),
        ("yes please", "There is nothing that waits"),
        ("No.", "There is nothing that waits"),
        ("ok, got it", "Good"),
        ("👍", "Good"),
        ("bye", "Goodbye"),
        ("What can you do?", "I answer from your documents"),
    ],
)
def test_thanks_greetings_and_nods_are_answered_in_kind(text: str, begins: str) -> None:
    said = small_talk(text)
    assert said.startswith(begins)
    assert not any(letter.isdigit() for letter in said)


@pytest.mark.parametrize(
    "text",
    [
        "How long?",
        "Thanks to whom?",
        "ok and how much?",
        "refund",
        "good return rates",
        "no, the cargo bike",
        "",
        "?!…",
        "Hi, when do you open?",
        "Is the help desk open?",
        "yes to all cookies",
        "who are the trustees",
        "sure start",
    ],
)
def test_what_asks_something_is_no_small_talk(text: str) -> None:
    assert small_talk(text) == ""


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Thanks! And how much is that?", "And how much is that?"),
        ("Hi, when do you open?", "when do you open?"),
        ("Great. What about leave?", "What about leave?"),
        ("Good price?", "Good price?"),
        ("Thanks to whom?", "Thanks to whom?"),
    ],
)
def test_small_talk_in_front_of_a_question_is_taken_off(text: str, asked: str) -> None:
    assert without_small_talk(text) == asked
