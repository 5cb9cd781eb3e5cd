"""An answer that is none names the pages that speak of the question."""

from __future__ import annotations

from dataclasses import replace

from aieco_assets.core.rag.evidence.thresholds import calibrated_policy
from tests.core.rag.scripted import answerer, page

NEVER_SURE = replace(calibrated_policy(), sure=2.0)
CANTEEN = page("Canteen\nThe canteen opens at 11:15. Lunch is cooked in the canteen.\n", document="canteen.md")
SHIFTS = page("Shifts\nThe late shift begins at 13:45.\n", document="shifts.md")


def test_each_page_that_speaks_of_it_is_named_once_by_its_best_line() -> None:
    answer = answerer("", CANTEEN, SHIFTS, policy=NEVER_SURE).answer("Can I pay in cash in the canteen?")

    (nearest,) = answer.suggestions
    assert answer.abstained and answer.citations == () and answer.mode == "quote"
    assert nearest.document == "canteen.md" and "canteen" in nearest.quote
    assert CANTEEN.text[nearest.start : nearest.end] == nearest.quote


def test_pages_that_share_no_word_with_the_question_are_not_named() -> None:
    answer = answerer("", CANTEEN, SHIFTS, policy=NEVER_SURE).answer("Who painted the Sistine Chapel?")

    assert answer.abstained and answer.suggestions == ()


def test_an_answer_has_no_suggestions() -> None:
    assert answerer("", CANTEEN, SHIFTS).answer("When does the late shift begin?").suggestions == ()


def test_at_most_three_pages_are_named() -> None:
    pages = [page(f"Lockers\nLocker {n} is red.\n", document=f"{n}.md") for n in range(6)]

    assert len(answerer("", *pages, policy=NEVER_SURE).answer("Which locker is mine?").suggestions) == 3
