"""An abstention says why where the question's language may be the reason."""

from __future__ import annotations

from aieco_assets.core.contracts import Document, Within
from aieco_assets.core.rag.no_answer import ABSTAINED, silence

ENGLISH, GERMAN = Document("handbook.md", "a", language="en"), Document("kantine.md", "b", language="de")


def test_a_question_in_a_language_of_no_document_is_told_which_one_to_ask_in() -> None:
    said = silence("Wann beginnt die Spätschicht im Lager?", [ENGLISH], None)
    assert said.startswith(ABSTAINED)
    assert "in German and the documents are in English: ask in English" in said
    assert "AIECO_EMBEDDER" in said


def test_where_documents_are_in_several_languages_the_others_are_named() -> None:
    said = silence("How much is lunch in the canteen for trainees?", [ENGLISH, GERMAN], None)
    assert said == f"{ABSTAINED} The question is in English; other documents are in German: ask in German too."


def test_a_question_in_the_language_of_most_documents_gets_no_hint() -> None:
    assert silence("How much is lunch in the canteen?", [ENGLISH, ENGLISH, GERMAN], None) == ABSTAINED


def test_only_documents_that_were_searched_count() -> None:
    within = Within(frozenset({"handbook.md"}))
    assert silence("How much is lunch in the canteen?", [ENGLISH, GERMAN], within) == ABSTAINED


def test_a_question_of_the_documents_language_or_of_none_gets_no_reason() -> None:
    assert silence("How much is lunch in the canteen?", [ENGLISH], None) == ABSTAINED
    assert silence("Stork Cargo", [GERMAN], None) == ABSTAINED
    assert silence("revenue in Bavaria in 2025", [ENGLISH], None) == ABSTAINED
    assert silence("Wann beginnt die Spätschicht?", [Document("a.csv", "c")], None) == ABSTAINED
