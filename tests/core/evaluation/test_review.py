"""What people asked becomes cases, and what a person accepts becomes golden questions. Real Postgres."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.golden import (
    LEAST_ACCEPTED,
    GoldenState,
    golden_questions,
    golden_state,
    golden_version,
)
from aieco_assets.core.evaluation.review import (
    SAMPLED,
    Answered,
    accept,
    as_answered,
    cases,
    collect_cases,
    readable_cases,
    reject,
)
from aieco_assets.core.monitoring.journal import ship, spool_of
from aieco_assets.core.monitoring.records import feedback_record, prediction_record
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

NOW = datetime.now(timezone.utc)
PAGE = {"must_contain": ["30 days"], "citations": [["returns.md", 1]]}


def asked(trace: str, question: str, days_ago: float = 1, abstained: bool = False, **more: object) -> dict:
    call = prediction_record(trace, {"llm": "a@1"}, 0, 0, "ann", 0.1)
    said = {"kind": "answer", "question": question, "outcome": "abstained" if abstained else "quoted"}
    at = (NOW - timedelta(days=days_ago)).isoformat()
    return {**call, **said, "asked_at": at, "abstained": abstained, "verified": not abstained, **more}


def log(settings: Settings, *records: dict) -> None:
    spool = spool_of(settings)
    spool.append(list(records))
    spool.seal()
    ship(settings, spool)


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> Settings:
    (tmp_path / "documents").mkdir()
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into lake.documents (path, sha256, bytes, media_type, first_seen, last_seen, removed_at) values"
            " ('shop/returns.md', 'a', 1, '', now(), now(), null), ('gone.md', 'b', 1, '', now(), now(), now())"
        )
        connection.execute(
            "insert into lake.document_facts (sha256, title, language, version, replaces, warnings, pages, words,"
            " tables, reader) values ('a', '', 'en', '', '{}', '{}', 1, 9, 0, '')"
        )
    return settings.model_copy(update={"documents": str(tmp_path / "documents")})


def test_disliked_answers_come_before_silence_and_that_before_a_sample(own: Settings) -> None:
    log(
        own,
        asked("a0000001", "How long can I return things?"),
        feedback_record("a0000001", "down", "it is 30 days"),
        asked("a0000002", "Where is the moon?", abstained=True),
        asked("a0000003", "where  is the MOON?", abstained=True),
        asked("a0000004", "When do you open?"),
        asked("a0000005", "Asked by a shadow?", arm="shadow", shadow_of="a0000004"),
        asked("a0000006", "Asked last year?", days_ago=300, abstained=True),
    )
    assert collect_cases(own) == 3
    found = cases(own)
    assert [(case.reason, case.times) for case in found] == [("thumbs_down", 1), ("abstained", 2), ("sample", 1)]
    assert (found[0].question, found[0].note) == ("How long can I return things?", "it is 30 days")
    assert collect_cases(own) == 0


def test_a_week_gives_as_many_samples_whenever_it_is_looked_at(own: Settings) -> None:
    log(own, *(asked(f"b{place:07d}", f"Question number {place}?", days_ago=0) for place in range(3 * SAMPLED)))
    assert collect_cases(own) == SAMPLED
    assert collect_cases(own) == 0


def test_an_accepted_case_is_a_golden_question_beside_those_of_the_source(own: Settings) -> None:
    (Path(own.documents) / "questions.jsonl").write_text('{"question": "Own?", "must_contain": ["x"]}\n')
    before = golden_version(golden_questions(own))
    log(own, asked("a0000001", "How long can I return things?", abstained=True))
    collect_cases(own)
    (case,) = cases(own)

    accept(own, case.case_id, PAGE, "ann")

    questions = golden_questions(own)
    assert [one.question for one in questions] == ["Own?", "How long can I return things?"]
    assert questions[1].citations == (("returns.md", 1),)
    assert golden_version(questions) != before
    assert (cases(own), [one.case_id for one in cases(own, "accepted")]) == ([], [case.case_id])


def test_a_few_accepted_cases_alone_are_no_golden_set(own: Settings) -> None:
    log(own, *(asked(f"c{place:07d}", f"Silent {place}?", abstained=True) for place in range(LEAST_ACCEPTED)))
    collect_cases(own)
    *most, last = cases(own)
    for case in most:
        accept(own, case.case_id, {"unanswerable": True}, "ann")
    assert golden_questions(own) == []

    accept(own, last.case_id, {"unanswerable": True}, "ann")
    assert len(golden_questions(own)) == LEAST_ACCEPTED


def test_a_rejected_case_does_not_come_again(own: Settings) -> None:
    log(own, asked("a0000001", "Where is the moon?", abstained=True))
    collect_cases(own)
    reject(own, cases(own)[0].case_id, "ann")
    log(own, asked("a0000002", "Where is the moon?", abstained=True))

    assert (collect_cases(own), cases(own)) == (0, [])


def test_who_looks_at_a_page_of_before_does_not_undo_what_another_has_decided(own: Settings) -> None:
    log(own, asked("a0000001", "How long?", abstained=True))
    collect_cases(own)
    (case_id,) = [one.case_id for one in cases(own)]
    accept(own, case_id, PAGE, "ann", still_open=True)
    with pytest.raises(AiecoError, match=f"Case {case_id} was accepted meanwhile and stays so"):
        reject(own, case_id, "bob", still_open=True)
    with pytest.raises(AiecoError, match="was accepted meanwhile"):
        accept(own, case_id, {"unanswerable": True}, "bob", still_open=True)
    assert [one.case_id for one in cases(own, "accepted")] == [case_id]
    reject(own, case_id, "ann")  # who means it may
    assert [one.case_id for one in cases(own, "rejected")] == [case_id]


@pytest.mark.parametrize(
    ("golden", "sentence"),
    [
        ({}, "say what the answer must contain"),
        ({"must_contain": ["30"]}, "needs the page that answers it"),
        ({"must_contain": ["30"], "citations": [["gone.md", 1]]}, "No document here is called gone.md"),
        ({"must_contain": ["30"], "citations": [["returns.md", 7]]}, "returns.md has no page 7: its last one is 1"),
    ],
)
def test_a_case_that_could_not_be_judged_is_not_accepted(own: Settings, golden: dict, sentence: str) -> None:
    log(own, asked("a0000001", "How long?", abstained=True))
    collect_cases(own)
    with pytest.raises(AiecoError, match=sentence):
        accept(own, cases(own)[0].case_id, golden, "ann")
    assert len(cases(own)) == 1
    with pytest.raises(AiecoError, match="There is no case 99"):
        reject(own, 99, "ann")


def test_what_the_log_has_of_an_answer_is_its_outcome_and_what_was_found(own: Settings) -> None:
    hits = [
        {"chunk_id": str(n), "document": "returns.md", "page": page, "score": 1} for n, page in enumerate((2, 1, 2))
    ]
    log(own, asked("a0000001", "How long?", abstained=True, retrieved=hits, knowledge_version=3, versions={"rag": 4}))
    collect_cases(own)
    (found,) = cases(own)
    assert as_answered(own, found) == Answered("abstained", 3, {"rag": 4}, (("returns.md", 2), ("returns.md", 1)))
    with connect(own.warehouse) as connection:
        connection.execute("truncate service.inference_log")
    assert as_answered(own, found) is None


def test_the_golden_questions_and_those_of_the_last_gate_are_told_by_version(own: Settings) -> None:
    assert golden_state(own) == GoldenState("", 0, "", None)
    (Path(own.documents) / "questions.jsonl").write_text('{"question": "Own?", "must_contain": ["x"]}\n')
    summary = {"answerable": {"n": 2, "correct": 2}, "unsupported_numbers": 0, "golden_version": "0123456789ab"}
    with connect(own.warehouse) as connection:
        connection.execute(
            "insert into evaluation.rag_runs (fingerprint, kind, knowledge_version, llm, embedder, summary)"
            " values ('f', 'golden', 1, '', '', %s)",
            (Jsonb(summary),),
        )
    assert golden_state(own) == GoldenState(golden_version(golden_questions(own)), 1, "0123456789ab", True)
    (Path(own.documents) / "questions.jsonl").write_text("no json")
    assert golden_state(own).version is None


def answered(trace: str, *documents: str, **more: object) -> dict:
    found = [{"chunk_id": "c", "document": one, "page": 1, "score": 1.0} for one in documents]
    return asked(trace, "How long can I return things?", retrieved=found, **more)


def test_who_reads_less_sees_notes_and_counts_of_answers_from_their_documents_alone(own: Settings) -> None:
    log(
        own,
        answered("a0000001", "shop/returns.md", "hr/secret.md", days_ago=2),
        feedback_record("a0000001", "down", "it is 45 days for the board"),
    )
    collect_cases(own)
    log(own, answered("a0000002", "shop/returns.md"), feedback_record("a0000002", "down", None))
    collect_cases(own)

    (case,) = cases(own)
    (seen,) = readable_cases(own, [case], ["shop/returns.md"])

    assert (case.note, case.times) == ("it is 45 days for the board", 2)
    assert (seen.note, seen.times, seen.question) == (None, 1, case.question)
    assert readable_cases(own, [case], []) == []


def test_how_long_another_document_of_the_name_is_is_not_told(own: Settings) -> None:
    with connect(own.warehouse) as connection:
        connection.execute(
            "insert into lake.documents (path, sha256, bytes, media_type, first_seen, last_seen) values"
            " ('returns.md', 'c', 1, '', now(), now())"
        )
        connection.execute(
            "insert into lake.document_facts (sha256, title, language, version, replaces, warnings, pages, words,"
            " tables, reader) values ('c', '', 'en', '', '{}', '{}', 7, 9, 0, '')"
        )
    log(own, answered("a0000001", "shop/returns.md"))
    collect_cases(own)
    (case,) = cases(own)

    with pytest.raises(AiecoError, match=r"shop/returns\.md has no page 9: its last one is 1"):
        accept(own, case.case_id, {"must_contain": ["x"], "citations": [["shop/returns.md", 9]]}, "ann")
    with connect(own.warehouse) as connection:
        connection.execute("update lake.documents set path = 'hr/returns.md' where path = 'returns.md'")
        connection.execute("update lake.documents set path = 'returns.md' where path = 'shop/returns.md'")
    with pytest.raises(AiecoError, match=r"returns\.md has no page 9: its last one is 1"):
        accept(own, case.case_id, {"must_contain": ["x"], "citations": [["returns.md", 9]]}, "ann")
