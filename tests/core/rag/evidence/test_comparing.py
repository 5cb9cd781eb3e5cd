"""Comparisons get both sides or silence; a question for each of several gets what other documents say of the same."""

from __future__ import annotations

from aieco_assets.core.embeddings.embedder import Embedder
from tests.core.rag.scripted import answerer, page

TABLE = page(
    "Licences side by side\n\nFeature | Silver | Gold\nFeature: Seats | Silver: 5 | Gold: 50\n"
    "Feature: Support by phone | Silver: no | Gold: on weekdays\nFeature: Backups | Silver: – | Gold: every night\n"
    "Feature: Updates | Silver: yes | Gold: yes\nFeature: Own domain | Silver: no | Gold: no",
    document="licences.md",
)
GOLD = page("The Gold licence pays for 12 hours of training a year.", document="gold.md")
SILVER = page("The Silver licence pays for 2 hours of training a year.", document="silver.md")


def test_what_one_has_and_the_other_has_not_are_the_rows_that_deny_it(embedder: Embedder) -> None:
    answer = answerer("", TABLE, embedder=embedder).answer("What is included in Gold that is not in Silver?")

    assert answer.answer.splitlines() == [
        "Feature: Support by phone | Silver: no | Gold: on weekdays",
        "Feature: Backups | Silver: – | Gold: every night",
    ]
    assert all(citation.quote in TABLE.text for citation in answer.citations)


def test_a_difference_is_every_row_in_which_both_differ(embedder: Embedder) -> None:
    answer = answerer("", TABLE, embedder=embedder).answer("What is the difference between Silver and Gold?")

    assert [line.split(" | ")[0] for line in answer.answer.splitlines()] == [
        "Feature: Seats",
        "Feature: Support by phone",
        "Feature: Backups",
    ]


def test_a_comparison_of_which_one_side_is_unknown_is_silence(embedder: Embedder) -> None:
    answer = answerer("", TABLE, GOLD, embedder=embedder).answer("What is the difference between Gold and Platinum?")

    assert answer.abstained and answer.citations == ()


def test_a_question_for_each_of_several_is_answered_by_all_of_their_documents(embedder: Embedder) -> None:
    answer = answerer("", GOLD, SILVER, embedder=embedder).answer(
        "How many hours of training does each licence pay for?"
    )

    assert {citation.document for citation in answer.citations} == {"gold.md", "silver.md"}
    assert "12 hours" in answer.answer and "2 hours" in answer.answer.replace("12 hours", "")
