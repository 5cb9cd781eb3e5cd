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


MARKS = page(
    "Licences side by side\n\nFeature | Silver | Gold\nFeature: Seats | Silver: 5 | Gold: 50\n"
    "Feature: Audits | Silver: ✗ | Gold: ✓\nFeature: Letters | Silver: ✓ | Gold: ❌\n"
    "Feature: Answers | Silver: within a day | Gold: not later than noon\n"
    "Feature: Exports | Silver: no limit | Gold: 10 a day\nFeature: Tours | Silver: not included | Gold: ✓",
    document="marks.md",
)


def test_a_tick_denies_nothing_and_a_cross_does(embedder: Embedder) -> None:
    asked = answerer("", MARKS, embedder=embedder)

    gold = asked.answer("What is in Gold that is not in Silver?").answer
    assert [line.split(" | ")[0] for line in gold.splitlines()] == ["Feature: Audits", "Feature: Tours"]
    silver = asked.answer("What does Silver have that Gold does not have?").answer
    assert silver == "Feature: Letters | Silver: ✓ | Gold: ❌"


def test_a_difference_of_one_thing_gets_no_row_of_another(embedder: Embedder) -> None:
    asked = answerer("", TABLE, embedder=embedder)

    seats = asked.answer("What is the seats difference between Silver and Gold?").answer
    assert seats == "Feature: Seats | Silver: 5 | Gold: 50"
    assert asked.answer("What is the weight difference between Silver and Gold?").abstained


def test_a_table_of_other_things_with_the_same_names_compares_nothing(embedder: Embedder) -> None:
    answer = answerer("", TABLE, embedder=embedder).answer("What is the difference between Silver and Gold coins?")

    assert answer.abstained


def test_a_comparison_of_which_one_side_is_unknown_is_silence(embedder: Embedder) -> None:
    answer = answerer("", TABLE, GOLD, embedder=embedder).answer("What is the difference between Gold and Platinum?")

    assert answer.abstained and answer.citations == ()


def test_a_question_for_each_of_several_is_answered_by_all_of_their_documents(embedder: Embedder) -> None:
    answer = answerer("", GOLD, SILVER, embedder=embedder).answer(
        "How many hours of training does each licence pay for?"
    )

    assert {citation.document for citation in answer.citations} == {"gold.md", "silver.md"}
    assert "12 hours" in answer.answer and "2 hours" in answer.answer.replace("12 hours", "")


def test_a_question_for_each_gets_every_row_that_says_it(embedder: Embedder) -> None:
    rates = page(
        "Mooring\n\nBoat | Price per night\nBoat: Dinghy | Price per night: 9 €\n"
        "Boat: Yacht | Price per night: 49 €\nBoat: Barge | Price per night: 199 €",
        document="mooring.md",
    )
    answer = answerer("", rates, embedder=embedder).answer("What is the price per night of each boat?")

    assert [line.split(" | ")[0] for line in answer.answer.splitlines()] == [
        "Boat: Dinghy",
        "Boat: Yacht",
        "Boat: Barge",
    ]
    assert all(citation.quote in rates.text for citation in answer.citations)


FAQ = page(
    "Questions and answers\n\nQ: What is the difference between monthly and annual billing?\n"
    "A: With annual billing you pay ten months instead of twelve.\n\n"
    "Q: Can I cancel at any time?\nA: Yes, to the end of the month.",
    document="faq.txt",
)


def test_a_comparison_that_a_document_asks_itself_gets_its_answer(embedder: Embedder) -> None:
    asked = answerer("", FAQ, embedder=embedder)

    same = asked.answer("How does annual billing differ from monthly billing?")
    assert "you pay ten months instead of twelve" in same.answer and "cancel" not in same.answer
    assert asked.answer("What is the difference between weekly and annual billing?").abstained


def test_both_of_two_things_in_one_document_are_answered(embedder: Embedder) -> None:
    slow = page("# Delivery\n\nStandard delivery takes 3 days.\n\nExpress delivery takes 1 day.", document="way.md")
    answer = answerer("", slow, embedder=embedder).answer("How long do both standard and express delivery take?")

    assert "3 days" in answer.answer and "1 day." in answer.answer


def test_headings_alone_are_no_comparison(embedder: Embedder) -> None:
    bare = page(
        "# Returns 2024\n\nGoods go back within 14 days.\n\n# Returns 2025\n\nGoods go back within 30 days.",
        document="returns.md",
    )
    answer = answerer("", bare, embedder=embedder).answer("What is the difference between 2024 and 2025?").answer

    assert answer != "Returns 2024 Returns 2025"
