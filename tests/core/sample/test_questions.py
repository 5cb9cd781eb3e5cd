from __future__ import annotations

import json
from pathlib import Path

import pytest

from aieco_assets.core.sample import writer
from tests.core.sample.reading import page_texts

QUESTIONS = [json.loads(line) for line in (writer.SOURCES / writer.QUESTIONS).read_text("utf-8").splitlines()]
CALIBRATION = [json.loads(line) for line in (writer.SOURCES / writer.CALIBRATION).read_text("utf-8").splitlines()]
ANSWERABLE = [question for question in QUESTIONS if not question.get("unanswerable")]


def test_there_are_30_questions_with_an_answer_and_8_without():
    assert len(ANSWERABLE) == 30
    assert len(QUESTIONS) == 38
    assert len({question["question"] for question in QUESTIONS}) == 38


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["question"][:40])
def test_the_cited_page_holds_the_answer(question, sample_documents: Path):
    for document, page in question["citations"]:
        text = page_texts(sample_documents / document)[page - 1].casefold()
        for entry in question["must_contain"]:
            assert any(alternative.casefold() in text for alternative in entry.split("|"))


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["question"][:40])
def test_the_question_does_not_give_the_answer_away(question):
    for entry in question["must_contain"]:
        assert not any(alternative.casefold() in question["question"].casefold() for alternative in entry.split("|"))


def test_every_format_is_asked_about():
    cited = {Path(document).suffix for question in ANSWERABLE for document, _ in question["citations"]}
    assert cited == {".pdf", ".docx", ".html", ".md"}


ASKED_FOR = ["pension", "brighton", "student", "japan", "parking", "instalment", "wireless", "wi-fi"]


@pytest.mark.parametrize("word", ASKED_FOR)
def test_what_the_unanswerable_questions_ask_for_is_nowhere(word, sample_documents: Path):
    for path in sample_documents.iterdir():
        assert all(word not in text.casefold() for text in page_texts(path)), path.name


def test_what_the_calibration_questions_ask_for_is_on_the_page_that_they_cite(sample_documents: Path):
    pages = {path.name: page_texts(path) for path in sample_documents.iterdir()}
    assert len({question["question"] for question in [*CALIBRATION, *QUESTIONS]}) == len(CALIBRATION) + len(QUESTIONS)
    for question in CALIBRATION:
        if question.get("unanswerable"):
            assert question["about"] in pages
            continue
        ((document, page),) = question["citations"]
        text = " ".join(pages[document][page - 1].split()).casefold()
        for entry in question["must_contain"]:
            assert any(alternative.casefold() in text for alternative in entry.split("|")), question["question"]
