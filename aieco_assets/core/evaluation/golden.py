"""The evaluation of the published knowledge base: on its golden questions, or a retrieval self-check without any."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import CHAMPION, RAG
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.answer_modes import better_way, ways_told
from aieco_assets.core.evaluation.evaluate import DEPTHS, Row, share
from aieco_assets.core.evaluation.questions import Question, parse_questions
from aieco_assets.core.evaluation.records import (
    Evaluated,
    latest_evaluation,
    log_summary,
    metrics_of,
    record,
    remembered,
)
from aieco_assets.core.evaluation.remembered_texts import RememberingLlm
from aieco_assets.core.evaluation.review import accepted_questions
from aieco_assets.core.llm.gateway import llm_identity
from aieco_assets.core.llm.model_config import MODEL_CONFIG, ModelConfig
from aieco_assets.core.llm.prompt import PROMPT, Prompt
from aieco_assets.core.llm.prompt_registry import registered_prompt
from aieco_assets.core.rag.evidence.thresholds import Policy, note_version, settings_policy
from aieco_assets.core.rag.pipeline import Answerer, open_answerer
from aieco_assets.core.registry.versions import Provenance
from aieco_assets.core.settings import PACKAGED, Settings
from aieco_assets.core.storage.objects import readable_store
from aieco_assets.core.storage.postgres import connect

QUESTIONS_FILE = "questions.jsonl"
LEAST_ACCEPTED = (
    10  # cases that make a golden set where the source has no file: fewer would open or shut a gate by chance
)
_SELF_CHECKED = 30  # pages


@dataclass(frozen=True)
class _Subject:
    """What would be evaluated, known without loading a model."""

    knowledge_version: int
    published_at: str
    models: dict[str, str]
    questions: tuple[Question, ...]
    policy: Policy
    prompt: Prompt
    model_config: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        whole = {**asdict(self), "prompt": self.prompt.digest, "code": _code_digest()}
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode("utf-8")).hexdigest()


@cache
def _code_digest() -> str:
    """Changes with the code that answers and judges."""
    code = hashlib.sha256()
    for room in ("evaluation", "llm", "rag", "text"):
        for path in sorted((Path(__file__).parents[1] / room).rglob("*.py")):
            code.update(path.read_bytes())
    return code.hexdigest()


def evaluate_published(
    settings: Settings,
    provenance: Provenance | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluated:
    """Evaluates what is published now, unless the same was evaluated before; registers `rag` when it passes.

    Raises AiecoError when nothing is published or the questions can't be read.
    """
    subject = _subject(settings)
    found = remembered(settings, subject.fingerprint)
    if found is None:
        kind, summary, rows = _measure(settings, subject, progress)
        found = Evaluated(subject.fingerprint, kind, summary, reused=False)
        record(settings, found, rows, subject.knowledge_version, subject.models)
        _log_run(settings, found, subject, provenance or Provenance())
    return replace(found, rag_version=_register(settings, found, subject, provenance))


def golden_questions(settings: Settings) -> list[Question]:
    """`questions.jsonl` beside the sample's documents or in the document source, and the cases that people accepted
    (`aieco review`); empty when there are none, or without a file too few cases to judge by."""
    own, accepted = source_questions(settings), accepted_questions(settings)
    return [*own, *accepted] if own or len(accepted) >= LEAST_ACCEPTED else []


def golden_version(questions: Sequence[Question]) -> str:
    """Twelve letters that change with any golden question, however it came."""
    return hashlib.sha256(json.dumps([asdict(one) for one in questions]).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class GoldenState:
    """The golden questions now, and those that the last gate asked. `version` is empty where there are none, None where
    the document source can't be read from here; `gate_version` is empty before any gate."""

    version: str | None
    questions: int
    gate_version: str
    gate_passed: bool | None


def golden_state(settings: Settings) -> GoldenState:
    """Which version of the golden questions there is, and which one the last gate used."""
    try:
        last = latest_evaluation(settings)
        gate = last.summary.get("golden_version", ""), last.passed
    except AiecoError:
        gate = "", None
    try:
        questions = golden_questions(settings)
    except AiecoError:
        return GoldenState(None, 0, *gate)
    return GoldenState(golden_version(questions) if questions else "", len(questions), *gate)


def source_questions(settings: Settings) -> list[Question]:
    """Those of `questions.jsonl`, which nothing is ever trained on; empty without the file."""
    place = settings.documents_source if settings.documents else str(settings.home / "sample")
    store = readable_store(place, "AIECO_DOCUMENTS", settings)
    if not store.exists(QUESTIONS_FILE):
        return []
    return parse_questions(store.get(QUESTIONS_FILE), store.url(QUESTIONS_FILE))


def _subject(settings: Settings) -> _Subject:
    from aieco_assets.core.embeddings.store import VectorStore

    version = VectorStore.open(settings).live_version()
    if version is None:
        raise AiecoError("No knowledge base is published yet: run `aieco run`.")
    with connect(settings.warehouse) as connection:
        published = connection.execute(
            "select published_at, embedder, embedder_version from lake.knowledge_versions where version = %s",
            (version,),
        ).fetchone()
    assert published is not None
    llm, (published_at, embedder, embedder_version) = llm_identity(settings), published
    models = {"llm": f"{llm.name}@{llm.sha256[:12]}", "embedder": f"{embedder}@{embedder_version[:12]}"}
    return _Subject(
        version,
        str(published_at),
        models,
        tuple(golden_questions(settings)),
        settings_policy(settings),
        registered_prompt(settings),
        ModelConfig.named(settings).to_json(),
    )


def _measure(
    settings: Settings, subject: _Subject, progress: Callable[[int, int], None] | None
) -> tuple[str, dict[str, Any], tuple[Row, ...]]:
    answerer = open_answerer(settings, subject.policy, subject.prompt)
    if subject.questions:
        remembering = None if settings.llm_is_server else RememberingLlm(answerer.llm, settings, _code_digest())
        answerer.llm = remembering or answerer.llm
        # The packaged model can't write (docs/decisions/0054-written-answers.md): to find that out took minutes of each
        # first run.
        mode, found = better_way(answerer, subject.questions, progress, settings.llm != PACKAGED, settings)
        if remembering:
            remembering.keep()
        told = {"mode": mode, "ways": ways_told(found), "golden_version": golden_version(subject.questions)}
        return "golden", found[mode].summary() | told, found[mode].rows
    return "self-check", _self_check(settings, answerer), ()


def _self_check(settings: Settings, answerer: Answerer) -> dict[str, Any]:
    """Whether pages are found by their own first sentence: no golden questions, so answers can't be judged."""
    from aieco_assets.core.knowledge.lake import current_documents
    from aieco_assets.core.text.sentences import split_page

    with connect(settings.warehouse) as connection:
        documents = [document.path for document in current_documents(connection)]
    pages = [page for document in documents for page in answerer.index.pages(document)]
    ranks = []
    for page in pages[:: max(1, len(pages) // _SELF_CHECKED)][:_SELF_CHECKED]:
        sentences = [unit.text for unit in split_page(page) if unit.kind == "sentence" and len(unit.text) > 40]
        if sentences:
            hits = [(hit.chunk.document, hit.chunk.page) for hit in answerer.search(sentences[0][:300])]
            here = (page.document, page.page)
            ranks.append(hits.index(here) + 1 if here in hits else 0)
    return {
        "questions": 0,
        "checked_pages": len(ranks),
        "answerable": {"n": 0, "correct": 0, "cited": 0},
        "unanswerable": {"n": 0, "abstained": 0},
        "unsupported_numbers": 0,
        "recall_at": {str(depth): share(sum(0 < rank <= depth for rank in ranks), len(ranks)) for depth in DEPTHS},
        "latency_ms": {"p50": 0.0, "p95": 0.0},
        "rows": [],
    }


def _log_run(settings: Settings, found: Evaluated, subject: _Subject, provenance: Provenance) -> None:
    """One MLflow run per evaluation, under the run of whoever asked for it."""
    golden = {"golden_version": found.summary["golden_version"]} if "golden_version" in found.summary else {}
    tags = {"kind": found.kind, "fingerprint": found.fingerprint, **golden, **subject.models}
    log_summary(settings, "rag", metrics_of(found.summary), found.summary, tags, provenance)


def _register(settings: Settings, found: Evaluated, subject: _Subject, provenance: Provenance | None) -> int:
    """The way of answering as data: thresholds and prompt, with the numbers it reached. Champion when it passes, and no
    slice of the questions is answered much worse than by the present one."""
    from aieco_assets.core.fairness.answers import weigh_answers
    from aieco_assets.core.registry.models import MODEL_FILE, set_alias
    from aieco_assets.core.registry.promotion import refuse
    from aieco_assets.core.registry.versions import register_data_model, to_json

    own, policy = subject.prompt, replace(subject.policy, mode=found.summary.get("mode", subject.policy.mode))
    prompt = {"name": PROMPT, "version": own.version, "digest": own.digest, "messages": list(own.messages)}
    content = {"policy": policy.to_json(), "prompt": prompt, "models": subject.models}
    metrics = metrics_of(found.summary)
    config = policy.model_config()
    made = register_data_model(
        settings,
        RAG,
        {MODEL_FILE: to_json(content)},
        kind="data",
        params={"prompt_version": own.version, "prompt_digest": own.digest, **policy.thresholds(), **config},
        metrics=metrics,
        tags={"knowledge_version": str(subject.knowledge_version), "evaluation": found.fingerprint}
        | {MODEL_CONFIG: json.dumps(config)},
        provenance=provenance,
    )
    note_version(settings, made.version, content)
    refused = weigh_answers(settings, made.version, subject.questions, found.summary["rows"]) if found.passed else ""
    if refused:
        refuse(settings, RAG, made.version, f"passed the {found.kind} gate, but {refused}")
    elif found.passed:
        asked = found.summary.get("golden_version")
        why = f"passed the {found.kind} gate{f' (golden questions {asked})' if asked else ''}"
        set_alias(settings, RAG, CHAMPION, made.version, "evaluation/rag", why, metrics)
    return made.version
