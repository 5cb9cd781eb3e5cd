"""How the whole chain behaves with the real models: MiniLM, SmolLM2, LanceDB and Postgres."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aieco_assets.core.contracts import CHAMPION, RAG
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.evaluate import build_knowledge, evaluate_folder
from aieco_assets.core.evaluation.golden import evaluate_published
from aieco_assets.core.evaluation.records import latest_evaluation
from aieco_assets.core.llm.prompt import PACKAGED_PROMPT
from aieco_assets.core.rag.evidence.thresholds import calibrated_policy, champion_ways
from aieco_assets.core.rag.pipeline import Answerer, open_answerer
from aieco_assets.core.registry.models import MODEL_FILE, set_alias
from aieco_assets.core.registry.versions import register_data_model
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

DOCUMENTS = {
    "gym.md": "# Fitness allowance\n\n"
    "Every employee may claim up to $640 a year for fitness-related programs. "
    "Claims are sent to perks@works.example before 15 December.\n\n"
    "The following are not covered:\n\n- Food and supplements\n- Travel expenses, unless for a fitness program\n",
    "safety.txt": "Workshop safety\n\n"
    "Eye protection must be worn at every lathe. The first-aid room is beside the canteen.\n"
    "An accident is reported to the shift leader within 2 hours.\n",
}
QUESTIONS = [
    {
        "question": "How much may an employee claim for fitness programs in a year?",
        "must_contain": ["640"],
        "citations": [["gym.md", 1]],
    },
    {
        "question": "How soon is an accident reported to the shift leader?",
        "must_contain": ["2 hours"],
        "citations": [["safety.txt", 1]],
    },
    {"question": "Which airline flies to Tokyo?", "unanswerable": True},
]


def write_questions(path: Path) -> Path:
    path.write_text("\n".join(map(json.dumps, QUESTIONS)))
    return path


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def own(settings: Settings, documents: Path) -> Settings:
    return settings.model_copy(update={"documents": str(documents)})


def assert_grounded(answerer: Answerer, question: str) -> str:
    """The answer's text, after every quote was found in its page."""
    answer = answerer.answer(question)
    assert not answer.abstained
    assert answer.verified
    for citation in answer.citations:
        page = answerer.index.page(citation.sha256, citation.page)
        assert page.text[citation.start : citation.end] == citation.quote
        assert page.document == citation.document
    return answer.answer


def test_answers_follow_the_documents_and_stop_when_they_go(own: Settings, documents: Path):
    with pytest.raises(AiecoError, match="aieco run"):
        open_answerer(own)
    build_knowledge(own)
    answerer = open_answerer(own)
    assert "$640" in assert_grounded(answerer, "How much can employees expense for fitness-related programs?")
    assert "not covered" in assert_grounded(answerer, "Are food and supplements paid for?")
    # invariance: another way to ask gives the same fact
    assert "perks@works.example" in assert_grounded(answerer, "Which e-mail address do claims go to?")
    assert "perks@works.example" in assert_grounded(answerer, "What is the email address for fitness claims?")
    assert "2 hours" in assert_grounded(answerer, "How soon must an accident be reported?")
    # silence: off topic, and near the topic but not said
    for question in ("Which airline flies to Tokyo?", "What is the dental limit for orthodontics?"):
        assert answerer.answer(question).abstained
    assert answerer.models["llm"].startswith("SmolLM2-135M-Instruct@b179c9523d0e")

    # direction: a changed document changes the answer, a deleted one silences it
    (documents / "gym.md").write_text(DOCUMENTS["gym.md"].replace("$640", "$710"))
    (documents / "safety.txt").unlink()
    build_knowledge(own)
    changed = open_answerer(own)
    assert "$710" in assert_grounded(changed, "How much can employees expense for fitness-related programs?")
    assert changed.answer("How soon must an accident be reported?").abstained


def make_champion(settings: Settings, content: dict[str, Any]) -> None:
    files = {MODEL_FILE: json.dumps(content).encode()}
    made = register_data_model(settings, RAG, files, kind="data")
    set_alias(settings, RAG, CHAMPION, made.version, "a test", "another policy")


def test_the_same_is_evaluated_once_and_registers_the_way_of_answering_that_is_served(
    own: Settings, documents: Path, caplog: pytest.LogCaptureFixture
):
    from aieco_assets.core.registry.models import champion

    write_questions(documents / "questions.jsonl")
    build_knowledge(own)
    first = evaluate_published(own)
    assert (first.kind, first.reused, first.passed) == ("golden", False, True)
    assert first.summary["answerable"] == {"n": 2, "correct": 2, "cited": 2}
    assert first.summary["unanswerable"] == {"n": 1, "abstained": 1}
    assert first.summary["unsupported_numbers"] == 0
    again = evaluate_published(own)
    assert (again.reused, again.summary) == (True, first.summary)
    assert latest_evaluation(own).fingerprint == first.fingerprint
    found = champion(own, RAG)
    assert found is not None
    assert (found.name, found.version, CHAMPION) == (RAG, first.rag_version, "champion")
    policy, prompt = champion_ways(own)
    assert (policy, prompt.version, prompt.digest) == (calibrated_policy(), 1, PACKAGED_PROMPT.digest)
    told = "import sys; print('mlflow' in sys.modules)"
    asks = "from aieco_assets.core.rag.evidence.thresholds import champion_ways"
    asks += "; assert champion_ways(settings)[1].version == 1"
    process = f"from aieco_assets.core.settings import Settings; settings = Settings(_env_file=None); {asks}; {told}"
    environment = {**os.environ, "AIECO_HOME": str(own.home), "AIECO_POSTGRES_URL": own.warehouse}
    done = subprocess.run([sys.executable, "-c", process], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"  # whoever answers does not wait for MLflow
    shy = replace(calibrated_policy(), sure=1.01)
    make_champion(own, {"policy": shy.to_json(), "prompt": {"messages": prompt.messages, "version": 1}})
    assert champion_ways(own)[0] == shy
    assert open_answerer(own, *champion_ways(own)).answer(str(QUESTIONS[0]["question"])).abstained
    make_champion(own, {"policy": {"min_score": 0.48}})  # of an older version of the code
    with caplog.at_level(logging.WARNING):
        assert champion_ways(own) == (calibrated_policy(), PACKAGED_PROMPT)
    assert "of another version" in caplog.text
    with connect(own.warehouse) as connection:
        rows = connection.execute(
            "select question, correct, abstained from evaluation.rag_questions order by position"
        ).fetchall()
    assert [(correct, abstained) for _, correct, abstained in rows] == [(True, False), (True, False), (True, True)]


def test_without_golden_questions_pages_are_found_by_their_own_sentences(own: Settings):
    build_knowledge(own)
    found = evaluate_published(own)
    assert (found.kind, found.passed, found.summary["questions"]) == ("self-check", True, 0)
    assert found.summary["checked_pages"] == 2
    assert found.summary["recall_at"]["5"] == 1.0


def test_pages_without_a_sentence_to_search_for_pass_unchecked(own: Settings, documents: Path):
    for file in documents.iterdir():
        file.unlink()
    (documents / "opening.md").write_text("# Opening hours\n\nWe open at 9:15 on Saturdays.\n")
    build_knowledge(own)
    found = evaluate_published(own)
    assert (found.kind, found.passed, found.summary["checked_pages"]) == ("self-check", True, 0)


def test_a_folder_is_evaluated_apart_from_every_other_knowledge_base(own: Settings, documents: Path, tmp_path: Path):
    questions = write_questions(tmp_path / "asked.jsonl")
    summary = evaluate_folder(own, questions, documents)
    assert summary["answerable"]["correct"] == 2
    assert summary["recall_at"]["5"] == 1.0
    assert VectorStore.open(own).live() is None
    with pytest.raises(AiecoError, match="no folder"):
        evaluate_folder(own, questions, tmp_path / "nowhere")
