"""The sample's questions with the sentences that could answer them, and which of those do."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.evaluation.evaluate import build_knowledge
from aieco_assets.core.evaluation.questions import Question, read_questions
from aieco_assets.core.rag.evidence.quotes import quoted_spans, shown
from aieco_assets.core.rag.evidence.ranking import Pool, pool
from aieco_assets.core.rag.evidence.ranking_features import asked
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.evidence.thresholds import Policy
from aieco_assets.core.rag.retrieval import Passages
from aieco_assets.core.rag.understanding.decomposition import asked_parts
from aieco_assets.core.sample import write_sample
from aieco_assets.core.sample.writer import CALIBRATION, QUESTIONS, SOURCES
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.text.sentences import Unit

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Case:
    """One question. `right`: for each thing it asks, of each candidate whether it answers that."""

    question: Question
    document: str  # that it is about
    golden: bool
    pool: Pool
    units: tuple[Unit, ...]
    right: tuple[np.ndarray, ...]


def cases(policy: Policy) -> list[Case]:
    """The sample's questions with their candidates, from a knowledge base of its own."""
    with tempfile.TemporaryDirectory(prefix="aieco-calibrate-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        settings = Settings(home=Path(home), _env_file=None)  # type: ignore[call-arg]
        write_sample(settings.home, days=1)
        with open_platform(settings) as opened:
            build_knowledge(opened)
            index = VectorStore.open(opened).live()
            assert index is not None
            embedder, passages = load_embedder(opened), Passages(index)
            descriptions, found = Descriptions(embedder), []
            for question, document, golden in _questions():
                parts = asked_parts(question.question)
                texts = [question.question, *parts] if len(parts) > 1 else [question.question]
                read = [asked(text, tokens) for text, tokens in zip(texts, embedder.query_tokens(texts), strict=True)]
                hits = index.search(question.question, read[0].tokens.whole, policy.chunks)
                placed = passages.units(hits)
                units = tuple(p.unit for p in placed)
                made = pool(read, placed, descriptions, policy.candidates)
                right = tuple(_right(question, made, units, part) for part in range(len(made.values)))
                found.append(Case(question, document, golden, made, units, right))
    return found


def _questions() -> Iterator[tuple[Question, str, bool]]:
    """Each question with the document that it is about, and whether it is a golden one."""
    for name in (QUESTIONS, CALIBRATION):
        lines = (SOURCES / name).read_text(encoding="utf-8").splitlines()
        for question, line in zip(read_questions(SOURCES / name), lines, strict=True):
            about = json.loads(line).get("about", "")
            yield question, question.citations[0][0] if question.citations else about, name == QUESTIONS


def _right(question: Question, made: Pool, units: Sequence[Unit], part: int) -> np.ndarray:
    import numpy as np

    wishes = question.must_contain
    wanted = [wishes[part]] if len(wishes) == len(made.values) else list(wishes)
    told = []
    for candidate in made.candidates:
        spans = quoted_spans(candidate.plain.unit, units)
        text = shown(spans).casefold().replace("’", "'")
        there = question.is_found([(span[0].page.document, span[0].page.page) for span in spans])
        told.append(there and any(entry.casefold() in text for entries in wanted for entry in entries))
    return np.array(told, dtype=bool) & (not question.unanswerable)
