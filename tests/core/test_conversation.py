"""A conversation that goes between documents and numbers: each question follows one of its own kind."""

from __future__ import annotations

import pytest

from aieco_assets.core.conversation import conversation

CHAIRS = "How long are chairs guaranteed?"
GOT = "how many orders did we get"
ORDERS = "How many orders did we get last month?"


@pytest.mark.parametrize(
    ("history", "asked", "whole"),
    [
        ([], CHAIRS, CHAIRS),
        ([CHAIRS, ORDERS], "And tables?", "How long are tables guaranteed?"),
        ([CHAIRS, ORDERS], "and in Spain?", f"{GOT} in spain last month"),
        ([CHAIRS, ORDERS, "Thanks!"], "No, I meant Spain", f"{GOT} in spain last month"),
        ([ORDERS, "and in Spain?", "ok"], "How many customers?", "how many customers did we have in spain last month"),
        ([ORDERS, "and in Spain?"], "by country", f"{GOT} in spain last month by country"),
        ([ORDERS, CHAIRS], "And how many customers?", "how many customers did we have last month"),
        ([ORDERS], "Sorry, in Spain I mean", f"{GOT} in spain last month"),
        (["Which countries had the most orders?"], "And the least revenue?", "show bottom 10 countries by revenue"),
        (["Which countries had the most orders?"], "top 3", "show top 3 countries by orders"),
        ([ORDERS], "When does the shop open?", "When does the shop open?"),
        ([ORDERS, "When does the shop open?"], "On Sunday?", "When does the shop open on Sunday?"),
        (["x" * 30_000, "\x00", ORDERS], "and the month before?", f"{GOT} in the month before last month"),
    ],
)  # fmt: skip
def test_a_question_is_completed_from_the_last_one_that_it_can_follow(
    history: list[str], asked: str, whole: str
) -> None:
    assert conversation(asked, history).whole == whole


def test_the_documents_are_told_only_what_was_asked_of_them() -> None:
    assert conversation("And tables?", [CHAIRS, ORDERS, "thanks", "and in Spain?"]).of_documents == (CHAIRS,)
