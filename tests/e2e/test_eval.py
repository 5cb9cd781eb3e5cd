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


def test_labelled_sentences_are_held_against_the_verification(fresh: Home, tmp_path: Path) -> None:
    labelled = {
        "question": "How long can I keep a bike?",
        "passages": [{"document": "hire.pdf", "page": 1, "text": "A bike can be kept for up to 14 days."}],
        "answer": [{"text": "A bike can be kept for up to 14 days.", "cites": [1], "supported": True}],
        "flawed": [{"text": "A bike can be kept for 40 days.", "cites": [1], "supported": False, "flaw": "number"}],
    }
    (tmp_path / "labels.jsonl").write_text(json.dumps(labelled) + "\n")

    report = fresh.json("eval", "--labels", str(tmp_path / "labels.jsonl"))

    assert report["supported"] == {"n": 1, "kept": 1}
    assert report["unsupported"] == {"n": 1, "shown": 0}
    assert report["by_flaw"] == {"number": {"n": 1, "shown": 0}}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "Name --questions and --documents, or --labels"),
        (("--labels", "a.jsonl", "--mode", "write"), "--labels is measured by itself"),
        (("--questions", "a.jsonl", "--documents", ".", "--mode", "shout"), "--mode shout is no way to answer"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused_in_a_sentence(
    fresh: Home, arguments: tuple[str, ...], said: str
) -> None:
    result = fresh.aieco("eval", *arguments)
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr
