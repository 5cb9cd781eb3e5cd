"""Which documents a question means: in force, replaced, named by their year or version."""

from __future__ import annotations

from datetime import date

import pytest

from aieco_assets.core.contracts import Document
from aieco_assets.core.rag.understanding.validity import Meant, Validity

TODAY = date(2026, 11, 26)
TRAVEL_2022 = Document("hr/travel-rules-2022.pdf", "a", "Travel rules", in_force_from=date(2022, 5, 1), version="1.4")
TRAVEL_2025 = Document("hr/travel-rules-2025.pdf", "b", "Travel rules", in_force_from=date(2025, 2, 1), version="2.0")
TRAVEL_2028 = Document("hr/travel-rules-2028.pdf", "c", "Travel rules", in_force_from=date(2028, 1, 1), version="3.0")
CANTEEN = Document("canteen.md", "d", "Canteen")
SERIES = [TRAVEL_2022, TRAVEL_2025, TRAVEL_2028, CANTEEN]


def left(documents: list[Document], question: str, today: date = TODAY) -> set[str]:
    """Paths of those that may answer at first."""
    meant = Validity(documents).meant(question, today)
    return {one.path for one in documents} - meant.replaced - meant.not_in_force


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("How much is paid per kilometre?", TRAVEL_2025),
        ("How much was paid per kilometre in 2023?", TRAVEL_2022),
        ("How much was paid per kilometre in June 2022?", TRAVEL_2022),
        ("How much was paid per kilometre on 1 February 2025?", TRAVEL_2025),
        ("How much is paid per kilometre under version 1.4?", TRAVEL_2022),
        ("What did the old travel rules pay per kilometre?", TRAVEL_2022),
        ("How much will be paid per kilometre from January 2028?", TRAVEL_2028),
        ("Are hotels above 2000 euros allowed?", TRAVEL_2025),
        ("Who was my previous supervisor?", TRAVEL_2025),
    ],
)
def test_of_a_series_the_version_answers_that_the_question_means(question: str, answers: Document) -> None:
    found = left(SERIES, question)

    assert answers.path in found and CANTEEN.path in found
    if "previous" not in question and "old" not in question:
        assert found == {answers.path, CANTEEN.path}


def test_before_the_first_of_a_series_today_counts() -> None:
    assert TRAVEL_2025.path in left(SERIES, "How much was paid in 1999?")


@pytest.mark.parametrize(
    "name",
    ["rules/abroad.md", "abroad.md", "Working abroad", "the working abroad rules of March 2021", "Working Abroad 2021"],
)
def test_a_document_that_says_which_one_it_replaces_leaves_that_out(name: str) -> None:
    old = Document("rules/abroad.md", "a", "Working abroad", dated=date(2021, 3, 4))
    new = Document("rules/mobility.md", "b", "Mobility", in_force_from=date(2024, 1, 1), replaces=(name,))

    assert left([old, new], "How long may I work abroad?") == {"rules/mobility.md"}
    assert left([old, new], "How long may I work abroad?", today=date(2023, 6, 1)) == {"rules/abroad.md"}


def test_a_version_is_replaced_by_its_number_within_its_own_series_only() -> None:
    old = Document("leave.md", "a", "Leave", version="2.1")
    other = Document("safety.md", "b", "Safety", version="2.1")
    new = Document("leave-new.md", "c", "Leave", version="3.0", replaces=("version 2.1 of 1 March 2023",))

    assert left([old, other, new], "How many days?") == {"safety.md", "leave-new.md"}


def test_what_replaced_something_that_is_replaced_again_answers_alone() -> None:
    first = Document("a.md", "a", "Rules one")
    second = Document("b.md", "b", "Rules two", replaces=("a.md",))
    third = Document("c.md", "c", "Rules three", replaces=("Rules two",))

    assert left([first, second, third], "What applies?") == {"c.md"}


def test_documents_of_one_title_that_are_about_different_things_all_answer() -> None:
    router = Document("router/manual.pdf", "a", "User manual", version="1.0")
    camera = Document("camera/manual.pdf", "b", "User manual", version="2.0")
    terms_eu = Document("eu/terms.md", "c", "Terms", in_force_from=date(2020, 1, 1))
    terms_us = Document("us/terms.md", "d", "Terms", in_force_from=date(2024, 1, 1))
    documents = [router, camera, terms_eu, terms_us]

    assert left(documents, "How is it switched on?") == {one.path for one in documents}


def test_yearly_reports_are_no_versions_of_each_other() -> None:
    reports = [
        Document(f"report-{year}.pdf", str(year), "Annual report", dated=date(year, 3, 1)) for year in (2023, 2024)
    ]

    assert left(reports, "How many people work here?") == {"report-2023.pdf", "report-2024.pdf"}
    assert Validity(reports).meant("How many people worked here in 2023?", TODAY).named == {"report-2023.pdf"}


def test_what_is_not_in_force_by_itself_may_answer_what_nothing_else_does() -> None:
    offer = Document("offer.md", "a", "Summer offer", in_force_until=date(2025, 8, 31))
    plan = Document("plan.md", "b", "Allowances", in_force_from=date(2027, 7, 1))

    assert Validity([offer, plan, CANTEEN]).meant("How much is the discount?", TODAY) == Meant(
        not_in_force=frozenset({"offer.md", "plan.md"})
    )
    assert "plan.md" in left([offer, plan], "How much will be paid from July 2027?")
    assert "offer.md" in left([offer, plan], "How much was the discount in 2025?")


def test_two_documents_that_replace_each_other_are_told_apart_by_their_days_or_both_answer() -> None:
    a = Document("a.md", "a", "One", in_force_from=date(2020, 1, 1), replaces=("b.md",))
    b = Document("b.md", "b", "Two", in_force_from=date(2021, 1, 1), replaces=("a.md",))
    c = Document("a.md", "a", "One", replaces=("b.md",))
    d = Document("b.md", "b", "Two", replaces=("a.md",))

    assert left([a, b], "What applies?") == {"b.md"}
    assert left([c, d], "What applies?") == {"a.md", "b.md"}


def test_only_admitted_documents_replace_others() -> None:
    meant = Validity(SERIES).meant("How much is paid?", TODAY, admitted={TRAVEL_2022.path})

    assert TRAVEL_2022.path not in meant.replaced
