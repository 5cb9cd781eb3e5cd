"""Golden questions and how an answer is held against them."""

from __future__ import annotations

from pathlib import Path

import pytest

from aieco_assets.core.contracts import Answer, Citation, KnowledgeVersion, Usage
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.evaluate import Evaluation, judge
from aieco_assets.core.evaluation.questions import Question, parse_question, read_questions


def answered(text: str, *cited: tuple[str, int, str], retrieved=(), abstained: bool = False) -> Answer:
    citations = tuple(Citation(document, page, quote, 0, len(quote), "sha") for document, page, quote in cited)
    usage = Usage(10, 5, 100.0)
    return Answer(
        text, abstained, not abstained, citations, KnowledgeVersion(1, None), {}, usage, "t", tuple(retrieved)
    )


def test_alternatives_are_split_and_all_entries_are_needed():
    question = parse_question(
        {"question": "How much?", "must_contain": ["$1000|1,000", "year"], "citations": [["a", 3]]}
    )
    assert question.is_correct(answered("Up to $1000 a year."))
    assert question.is_correct(answered("Up to 1,000 a Year."))
    assert not question.is_correct(answered("Up to $1000."))


def test_a_bar_with_nothing_behind_it_is_no_alternative_that_every_answer_holds():
    question = parse_question({"question": "How long?", "must_contain": ["30 days|", "| return"]})
    assert question.is_correct(answered("You may return it within 30 days."))
    assert not question.is_correct(answered("You may return it within 3 days."))


@pytest.mark.parametrize(
    ("said", "entry", "is_said"),
    [
        ("It costs £24 a day.", "£24 ", True),
        ("It costs £243 a day.", "£24 ", False),
        ("It takes 2.5 hours.", "5 hours", False),
        ("Up to $1000.00 a year.", "$1000", True),
        ("Up to 1,000 a year.", "1", False),
        ("In 1,5 hours.", "1", False),
        ("From 13:45 on.", "13:45", True),
    ],
)
def test_a_number_is_contained_as_a_whole(said: str, entry: str, is_said: bool):
    assert parse_question({"question": "q", "must_contain": [entry]}).is_correct(answered(said)) is is_said


def test_a_question_may_name_the_documents_that_are_asked_and_its_kind():
    named = parse_question({"question": "q", "must_contain": ["x"], "documents": ["a/", "b.md"], "kind": "list"})
    assert (named.documents, named.kind) == (("a/", "b.md"), "list")
    assert parse_question({"question": "q", "must_contain": ["x"], "documents": "a.md"}).documents == ("a.md",)


def test_all_citations_are_needed_unless_any_will_do():
    both = Question("q", (("x",),), (("a.pdf", 1), ("b.pdf", 2)))
    either = Question("q", (("x",),), (("a.pdf", 1), ("b.pdf", 2)), any_citation=True)
    one = answered("x", ("b.pdf", 2, "x"))
    assert (both.is_cited(one), either.is_cited(one)) == (False, True)
    assert both.is_cited(answered("x", ("a.pdf", 1, "x"), ("docs/b.pdf", 2, "x")))


def test_marks_in_a_truth_are_its_citations():
    question = parse_question({"question": "When?", "truth": "Reviews are held annually [handbook.pdf#page=4]."})
    assert question.citations == (("handbook.pdf", 4),)
    assert question.is_correct(answered("The reviews are held annually in spring."))
    assert not question.is_correct(answered("Nobody knows."))


def test_only_silence_is_right_where_there_is_no_answer():
    question = parse_question({"question": "Which airline?", "unanswerable": True})
    assert question.is_correct(answered("", abstained=True))
    assert not question.is_correct(answered("Some airline."))


@pytest.mark.parametrize(
    "line",
    [
        *("{", '{"question": "x"}', '{"must_contain": ["x"]}', "[]", '{"question": " ", "truth": "x"}'),
        *('{"question": "x", "must_contain": [" | "]}', '{"question": "x", "must_contain": "30 days"}'),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str):
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "ok?", "must_contain": ["x"]}\n' + line)
    with pytest.raises(AiecoError, match="line 2"):
        read_questions(file)


def test_missing_and_empty_files_are_one_sentence(tmp_path: Path):
    (tmp_path / "empty.jsonl").touch()
    for name in ("empty.jsonl", "none.jsonl"):
        with pytest.raises(AiecoError):
            read_questions(tmp_path / name)


def test_the_summary_counts_what_the_design_says():
    right = Question("How long?", (("30",),), (("a.pdf", 1),))
    rows = (
        judge(right, answered("30 days", ("a.pdf", 1, "within 30 days"), retrieved=[("b.pdf", 1), ("a.pdf", 1)])),
        judge(right, answered("40 days", ("b.pdf", 1, "within 30 days"), retrieved=[("b.pdf", 1)])),
        judge(Question("Who?", unanswerable=True), answered("", abstained=True)),
    )
    summary = Evaluation(rows).summary()
    assert summary["questions"] == 3
    assert summary["answerable"] == {"n": 2, "correct": 1, "cited": 1}
    assert summary["unanswerable"] == {"n": 1, "abstained": 1}
    assert summary["unsupported_numbers"] == 1
    assert summary["recall_at"] == {"1": 0.0, "3": 0.5, "5": 0.5}
    assert summary["latency_ms"] == {"p50": 100.0, "p95": 100.0}
    assert summary["rows"][0]["citations"] == [{"document": "a.pdf", "page": 1, "quote": "within 30 days"}]
    assert summary["rows"][0]["retrieved"] == [["b.pdf", 1], ["a.pdf", 1]]
