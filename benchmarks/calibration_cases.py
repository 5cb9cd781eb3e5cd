"""Questions with the sentences that could answer them, and which of those do: the sample's, and those of passages."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

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
    """One question. `right`: for each thing it asks, of each candidate whether it answers that. `weight`: how much it
    counts in a fit."""

    question: Question
    document: str  # that it is about
    golden: bool
    pool: Pool
    units: tuple[Unit, ...]
    right: tuple[np.ndarray, ...]
    weight: float = 1.0


def cases(policy: Policy) -> list[Case]:
    """The sample's questions with their candidates, from a knowledge base of its own."""
    with _knowledge() as (settings, ask):
        write_sample(settings.home, days=1)
        found = []
        for question, document, golden in _questions():
            made, units = ask(question.question, policy)
            right = tuple(_right(question, made, units, part) for part in range(len(made.values)))
            found.append(Case(question, document, golden, made, units, right))
    return found


def passage_cases(files: Sequence[Path], policy: Policy, weight: float) -> list[Case]:
    """Questions that come with passages of their own (`qa/clapnq_*.jsonl`), asked of a knowledge base of all passages.

    A sentence is right when people selected it as the ground of an answer; a question without any has no answer.
    """
    rows = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]
    with _knowledge() as (settings, ask):
        folder = settings.home / "passages"
        folder.mkdir()
        for number, row in enumerate(rows):
            text = "\n\n".join(f"{one['title']}\n\n{one['text']}" for one in row["passages"])
            (folder / f"{number:05}.txt").write_text(text, encoding="utf-8")
        found = []
        for number, row in enumerate(rows):
            document = f"{number:05}.txt"
            selected = [_plain(one) for out in row["output"] for one in out.get("selected_sentences") or ()]
            question = Question(row["input"], citations=((document, 1),), unanswerable=not selected)
            made, units = ask(row["input"], policy)
            made = _without_headings(made)  # here they are names of articles, which answer nothing
            right = tuple(_selected(made, document, selected) for _ in made.values)
            found.append(Case(question, document, False, made, units, right, weight))
    return found


class _Ask(Protocol):
    def __call__(self, question: str, policy: Policy) -> tuple[Pool, tuple[Unit, ...]]: ...


@contextmanager
def _knowledge() -> Iterator[tuple[Settings, _Ask]]:
    """A home of its own, and what tells a question's candidates: its documents are read when it is asked first."""
    with tempfile.TemporaryDirectory(prefix="aieco-calibrate-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        settings = Settings(home=Path(home), _env_file=None)  # type: ignore[call-arg]
        with ExitStack() as stack:
            opened: list[tuple[Any, ...]] = []

            def ask(question: str, policy: Policy) -> tuple[Pool, tuple[Unit, ...]]:
                if not opened:
                    opened.append(_built(stack, settings))
                index, embedder, passages, descriptions = opened[0]
                parts = asked_parts(question)
                texts = [question, *parts] if len(parts) > 1 else [question]
                read = [asked(text, tokens) for text, tokens in zip(texts, embedder.query_tokens(texts), strict=True)]
                hits = index.search(question, read[0].tokens.whole, policy.chunks)
                placed = passages.units(hits)
                return pool(read, placed, descriptions, policy.candidates), tuple(p.unit for p in placed)

            yield settings, ask


def _built(stack: ExitStack, settings: Settings) -> tuple[Any, ...]:
    folder = settings.home / "passages"
    named = settings.model_copy(update={"documents": str(folder)}) if folder.is_dir() else settings
    opened = stack.enter_context(open_platform(named))
    build_knowledge(opened)
    index, embedder = VectorStore.open(opened).live(), load_embedder(opened)
    assert index is not None
    return index, embedder, Passages(index), Descriptions(embedder)


def _without_headings(made: Pool) -> Pool:
    kept = [place for place, one in enumerate(made.candidates) if one.plain.unit.kind != "heading"]
    return Pool(tuple(made.candidates[place] for place in kept), tuple(values[kept] for values in made.values))


def _selected(made: Pool, document: str, selected: Sequence[str]) -> np.ndarray:
    import numpy as np

    told = []
    for candidate in made.candidates:
        unit, text = candidate.plain.unit, _plain(candidate.plain.unit.text)
        told.append(unit.page.document == document and any(text in one or one in text for one in selected))
    return np.array(told, dtype=bool)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).casefold().strip()


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
