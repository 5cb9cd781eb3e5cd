"""`aieco eval`: any folder and question file, scored in a knowledge base of its own."""

import json
from pathlib import Path

import pytest

from tests.e2e.conftest import Home

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

QUESTIONS = [
    {
        "question": "How many days do customers have to return an item?",
        "must_contain": ["30"],
        "citations": [["a.md", 1]],
    },
    {"question": "Who won the 1987 sailing regatta in Lisbon?", "unanswerable": True},
]


def test_a_folder_is_scored_and_the_home_stays_untouched(fresh: Home, tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "a.md").write_text("# Returns\n\nCustomers have 30 days to return an item. Bring the receipt.\n")
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join(json.dumps(question) for question in QUESTIONS) + "\n")

    report = fresh.json("eval", "--questions", str(questions), "--documents", str(documents))

    assert report["questions"] == 2
    assert report["answerable"] == {"n": 1, "correct": 1, "cited": 1}
    assert report["unanswerable"] == {"n": 1, "abstained": 1}
    assert report["unsupported_numbers"] == 0
    assert set(report["recall_at"]) == {"1", "3", "5"}
    assert set(report["latency_ms"]) == {"p50", "p95"}
    first = report["rows"][0]
    assert set(first) >= {"question", "answer", "abstained", "correct", "citations", "retrieved"}
    assert first["citations"][0]["document"] == "a.md"
    assert first["citations"][0]["quote"] in (documents / "a.md").read_text()
    assert not (fresh.path / "lake").exists()
    assert not (fresh.path / "lancedb").exists()
    assert fresh.processes() == []


def test_a_question_file_that_is_not_there_is_named(fresh: Home, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nText.\n")
    result = fresh.aieco("eval", "--questions", "/nowhere/q.jsonl", "--documents", str(tmp_path))
    assert result.returncode == 1
    assert "/nowhere/q.jsonl" in result.stderr
    assert "Traceback" not in result.stderr
