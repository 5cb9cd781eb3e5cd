"""Measures a knowledge base on golden questions: retrieval, correctness, citations, abstention, numbers, latency."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import Answer, DocumentFilter
from aieco_assets.core.engine import LOCAL, Step, map_batches
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.questions import Question, read_questions
from aieco_assets.core.evaluation.remembered_texts import RememberingLlm
from aieco_assets.core.rag.verification.quoting import unsupported_numbers
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import kept_connections

if TYPE_CHECKING:
    from aieco_assets.core.llm.prompt import Prompt
    from aieco_assets.core.rag.evidence.thresholds import Policy
    from aieco_assets.core.rag.pipeline import Answerer

DEPTHS = (1, 3, 5)
_SECRETS = ("alerts", "api_keys", "api_key", "pseudonym_key")  # that no answer needs: they stay here
_AWAY = 16  # questions in a batch for a node, which opens the knowledge base for it


@dataclass(frozen=True)
class Row:
    """What came of one question. `first_rank`: rank (from 1) at which all wanted pages were retrieved, 0: not."""

    question: Question
    answer: Answer
    correct: bool
    cited: bool
    first_rank: int
    invented: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "question": self.question.question,
            **({"kind": self.question.kind} if self.question.kind else {}),
            "answer": self.answer.answer,
            "abstained": self.answer.abstained,
            "mode": self.answer.mode,
            "confidence": self.answer.confidence,
            "correct": self.correct,
            "cited": self.cited,
            "citations": [{"document": c.document, "page": c.page, "quote": c.quote} for c in self.answer.citations],
            "retrieved": [[document, page] for document, page in self.answer.retrieved],
            "latency_ms": self.answer.usage.latency_ms,
        }


@dataclass(frozen=True)
class Evaluation:
    """Rows of one evaluation, one per question."""

    rows: tuple[Row, ...] = field(repr=False)

    def summary(self) -> dict[str, Any]:
        """The numbers in the shape of `aieco eval --json` (DESIGN section 4)."""
        answerable = [row for row in self.rows if not row.question.unanswerable]
        unanswerable = [row for row in self.rows if row.question.unanswerable]
        paged = [row for row in answerable if row.question.citations]
        return {
            "questions": len(self.rows),
            "answerable": {
                "n": len(answerable),
                "correct": sum(row.correct for row in answerable),
                "cited": sum(row.cited for row in answerable),
            },
            "unanswerable": {"n": len(unanswerable), "abstained": sum(row.answer.abstained for row in unanswerable)},
            "unsupported_numbers": sum(len(row.invented) for row in self.rows),
            "recall_at": {
                str(depth): share(sum(0 < row.first_rank <= depth for row in paged), len(paged)) for depth in DEPTHS
            },
            "latency_ms": {
                "p50": _percentile([row.answer.usage.latency_ms for row in self.rows], 0.50),
                "p95": _percentile([row.answer.usage.latency_ms for row in self.rows], 0.95),
            },
            "rows": [row.to_json() for row in self.rows],
        }


def evaluate(
    answerer: Answerer,
    questions: Sequence[Question],
    progress: Callable[[int, int], None] | None = None,
    settings: Settings | None = None,
) -> Evaluation:
    """Every question asked once, in order. `progress(done, of)` is called after each batch: after each question, here.

    `settings`: those that the answerer was opened by, where its questions may be asked by their engine.
    """
    from pydantic import SecretStr

    from aieco_assets.core.storage.pool import close_kept

    rows: list[Row] = []
    here = partial(_asked, answerer)
    step, size = Step(here, ask_on_node), 1
    if settings is not None and settings.engine != LOCAL:
        version = answerer.index.knowledge_version().version
        there = settings.model_copy(update=dict.fromkeys(_SECRETS, SecretStr("")))
        step, size = Step(here, ask_on_node, (there, version, answerer.policy, answerer.prompt)), _AWAY
    batches = (questions[at : at + size] for at in range(0, len(questions), size))
    try:
        with (
            kept_connections(),  # as the service answers
            closing(map_batches(step, batches, settings)) as asked,
        ):
            for part in asked:
                rows += part
                if progress:
                    progress(len(rows), len(questions))
    finally:
        close_kept()
    return Evaluation(tuple(rows))


def ask_on_node(
    settings: Settings, version: int, policy: Policy, prompt: Prompt, batch: Sequence[Question]
) -> list[Row]:
    """As `evaluate`, with an answerer of the node's own. Raises AiecoError where that can't be opened (the node must
    reach warehouse, vectors and models by the same addresses) or answers from another version by now."""
    from aieco_assets.core.rag.pipeline import open_answerer

    answerer = open_answerer(settings, policy, prompt)
    if answerer.index.knowledge_version().version != version:
        raise AiecoError("The knowledge base was published anew while it was evaluated: run the evaluation again.")
    with kept_connections():
        return _asked(answerer, batch)


def _asked(answerer: Answerer, batch: Sequence[Question]) -> list[Row]:
    return [judge(one, _answered(answerer, one)) for one in batch]


def _answered(answerer: Answerer, question: Question) -> Answer:
    """With the time that it takes where the model is asked, also where its text was remembered."""
    llm = answerer.llm
    if isinstance(llm, RememberingLlm):
        llm.saved_ms = 0.0
    answer = answerer.answer(question.question, wanted=DocumentFilter(question.documents))
    saved = llm.saved_ms if isinstance(llm, RememberingLlm) else 0.0
    return replace(answer, usage=replace(answer.usage, latency_ms=answer.usage.latency_ms + saved))


def judge(question: Question, answer: Answer) -> Row:
    """One answer held against its question, with no model as a judge."""
    pages = list(answer.retrieved)
    ranks = [n for n in range(1, len(pages) + 1) if question.citations and question.is_found(pages[:n])]
    return Row(
        question=question,
        answer=answer,
        correct=question.is_correct(answer),
        cited=question.is_cited(answer),
        first_rank=ranks[0] if ranks else 0,
        invented=()
        if answer.abstained
        else tuple(unsupported_numbers(answer.answer, [c.quote for c in answer.citations])),
    )


def evaluate_folder(
    settings: Settings,
    questions_file: Path,
    documents_dir: Path,
    mode: str = "",
) -> dict[str, Any]:
    """Evaluate any folder of documents on any question file, in a knowledge base of its own in a temporary home.

    `mode`: quote or write; left out, the packaged policy's.

    Only the choice of models and the hash cache is shared with `settings`; no other knowledge base is touched.
    Raises AiecoError when the folder or the file can't be read.
    """
    from pydantic import SecretStr

    from aieco_assets.core.rag.evidence.thresholds import calibrated_policy
    from aieco_assets.core.rag.pipeline import open_answerer
    from aieco_assets.core.stack.platform import open_platform

    questions = read_questions(questions_file)
    if not documents_dir.is_dir():
        raise AiecoError(f"{documents_dir} is no folder of documents: name one with --documents.")
    with tempfile.TemporaryDirectory(prefix="aieco-eval-") as folder:
        own = settings.model_copy(
            update={
                "home": Path(folder) / "home",
                "documents": str(documents_dir.absolute()),
                "lake_url": "",
                "lancedb_url": "",
                "postgres_url": SecretStr(""),
                "mlflow_tracking_uri": SecretStr(""),
            }
        )
        with open_platform(own) as opened:
            build_knowledge(opened)
            policy = calibrated_policy()
            policy = replace(policy, mode=mode or policy.mode)
            return evaluate(open_answerer(opened, policy), questions, settings=opened).summary()


def build_knowledge(settings: Settings) -> int:
    """Documents to a published index, all steps in this process. Returns the published version."""
    from aieco_assets.core.embeddings.embed import embed_missing
    from aieco_assets.core.embeddings.embedder import load_embedder
    from aieco_assets.core.embeddings.store import VectorStore
    from aieco_assets.core.knowledge.chunks import refresh_chunks
    from aieco_assets.core.knowledge.lake import sync_documents
    from aieco_assets.core.rag.evidence.precompute import read_ahead

    sync_documents(settings)
    refresh_chunks(settings)
    embed_missing(settings, load_embedder(settings))
    read_ahead(settings, load_embedder(settings))
    return VectorStore.open(settings).publish()


def share(part: int, whole: int) -> float:
    """part / whole, and 0 when there is nothing to share."""
    return round(part / whole, 4) if whole else 0.0


def _percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile; 0 when there are no values."""
    if not values:
        return 0.0
    return round(sorted(values)[max(0, math.ceil(share * len(values)) - 1)], 1)
