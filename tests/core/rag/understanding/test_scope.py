"""A filter says which documents may answer; one that admits none is told."""

from __future__ import annotations

from datetime import date

import pytest

from aieco_assets.core.contracts import ALL_DOCUMENTS, Document, DocumentFilter, Within
from aieco_assets.core.errors import NoSuchDocument
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.rag.understanding.scope import Documents
from tests.core.rag.scripted import PagesInMemory, ScriptedLlm, WordEmbedder, page

TODAY = date(2026, 11, 26)
LEAVE = Document("hr/leave.md", "a", "Leave", "en", date(2025, 3, 1), tags=("hr", "holiday"))
URLAUB = Document("hr/urlaub.md", "b", "Urlaub", "de-AT", date(2024, 3, 1), tags=("hr",))
ROUTER = Document("manuals/router.pdf", "c", "Router", "en")
DOCUMENTS = Documents([LEAVE, URLAUB, ROUTER])


@pytest.mark.parametrize(
    ("wanted", "paths"),
    [
        (DocumentFilter(documents=("hr/leave.md",)), {"hr/leave.md"}),
        (DocumentFilter(documents=("hr",)), {"hr/leave.md", "hr/urlaub.md"}),
        (DocumentFilter(documents=("hr/",)), {"hr/leave.md", "hr/urlaub.md"}),
        (DocumentFilter(documents=("*.pdf", "hr/u*")), {"manuals/router.pdf", "hr/urlaub.md"}),
        (DocumentFilter(tags=("Holiday",)), {"hr/leave.md"}),
        (DocumentFilter(languages=("de",)), {"hr/urlaub.md"}),
        (DocumentFilter(dated_from=date(2025, 1, 1)), {"hr/leave.md"}),
        (DocumentFilter(dated_until=date(2024, 3, 1)), {"hr/urlaub.md"}),
        (DocumentFilter(tags=("hr",), languages=("en",)), {"hr/leave.md"}),
    ],
)
def test_only_the_wanted_documents_are_looked_in(wanted: DocumentFilter, paths: set[str]) -> None:
    assert DOCUMENTS.scope("How many days?", wanted, TODAY).within == Within(frozenset(paths))


def test_without_a_filter_and_without_versions_everything_is_looked_in() -> None:
    assert DOCUMENTS.scope("How many days?", ALL_DOCUMENTS, TODAY).within is None


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (DocumentFilter(documents=("hr/leave.doc",)), "No document is at hr/leave.doc"),
        (DocumentFilter(tags=("law",)), "No document has the tag law: there are holiday, hr"),
        (DocumentFilter(languages=("fr",)), "No document is of that language"),
        (DocumentFilter(dated_from=date(2026, 1, 1)), "No document is of that language, day"),
    ],
)
def test_a_filter_that_admits_nothing_is_told(wanted: DocumentFilter, sentence: str) -> None:
    with pytest.raises(NoSuchDocument, match=sentence):
        DOCUMENTS.scope("How many days?", wanted, TODAY)


def asker(*documents: tuple[str, Document]) -> Answerer:
    pages = [page(text, document=one.path) for text, one in documents]
    index = PagesInMemory(*pages, documents=[one for _, one in documents])
    return Answerer(index, WordEmbedder(), ScriptedLlm(""))


def test_a_replaced_policy_does_not_answer_and_the_one_in_force_does() -> None:
    new = Document("home-2024.md", "b", "Home", in_force_from=date(2024, 1, 1), replaces=("Home 2021",))
    old = Document("home-2021.md", "a", "Home 2021", dated=date(2021, 1, 1))
    answers = asker(
        ("Staff may work from home on 2 days a week.", old), ("Staff may work from home on 4 days a week.", new)
    )

    now = answers.answer("On how many days a week may staff work from home?")
    then = answers.answer("On how many days a week could staff work from home in 2022?")

    assert "4 days" in now.answer and "2 days" not in now.answer
    assert "2 days" in then.answer and "4 days" not in then.answer


def test_an_expired_document_answers_where_nothing_else_does() -> None:
    offer = Document("offer.md", "a", "Offer", in_force_until=date(2020, 8, 31))
    answers = asker(
        ("The summer discount is 15 % on all lamps.", offer),
        ("The canteen opens at 9:00.", Document("canteen.md", "b", "Canteen")),
    )

    assert "15 %" in answers.answer("How much is the summer discount on lamps?").answer


def test_a_filter_keeps_the_answer_to_its_documents() -> None:
    answers = asker(
        ("The canteen in Vienna opens at 9:00.", Document("vienna/canteen.md", "a", "Canteen")),
        ("The canteen in Graz opens at 11:30.", Document("graz/canteen.md", "b", "Canteen")),
    )

    found = answers.answer("When does the canteen open?", wanted=DocumentFilter(documents=("graz",)))

    assert "11:30" in found.answer and {citation.document for citation in found.citations} == {"graz/canteen.md"}
    assert {hit.chunk.document for hit in answers.search("canteen", wanted=DocumentFilter(documents=("graz/*",)))} == {
        "graz/canteen.md"
    }
