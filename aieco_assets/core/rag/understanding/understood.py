"""What a question means: its text in order, completed and spelt right, its parts, and where its answer may stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from aieco_assets.core.contracts import DocumentFilter
from aieco_assets.core.rag.evidence.late_interaction import Asked
from aieco_assets.core.rag.evidence.ranking_features import asked
from aieco_assets.core.rag.interfaces import Embedder, Index
from aieco_assets.core.rag.understanding.comparison import Comparison, comparison
from aieco_assets.core.rag.understanding.decomposition import asked_parts
from aieco_assets.core.rag.understanding.question import complete_question
from aieco_assets.core.rag.understanding.scope import Documents, Scope
from aieco_assets.core.rag.understanding.spelling import Spelling


@dataclass(frozen=True)
class Understood:
    """`questions`: the whole, then each thing that it asks if it is several, as the embedder reads them. `added`: words
    that were taken from questions before it. `compared`: what it compares."""

    questions: tuple[Asked, ...]
    scope: Scope
    added: frozenset[str]
    compared: Comparison | None = None

    @property
    def text(self) -> str:
        return self.questions[0].text


class Understanding:
    """How questions about one knowledge base are understood. Safe to share between threads."""

    def __init__(self, index: Index, embedder: Embedder) -> None:
        self._index, self._embedder = index, embedder
        self._documents = Documents(index.documents)

    def of(self, question: str, history: Sequence[str], wanted: DocumentFilter) -> Understood:
        """Raises AiecoError for a question that can't be one, and NoSuchDocument for a filter that admits nothing."""
        whole = complete_question(question, history)
        texts = _with_parts(whole.text)
        tokens = self._embedder.query_tokens(texts)
        meant = self._spelling.corrected(whole.text, tokens[0].spans)
        if meant != whole.text:
            texts = _with_parts(meant)
            tokens = self._embedder.query_tokens(texts)
        questions = tuple(asked(one, read) for one, read in zip(texts, tokens, strict=True))
        scope = self._documents.scope(meant, wanted, date.today())
        return Understood(questions, scope, whole.added, comparison(meant))

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(self._index.vocabulary())


def _with_parts(question: str) -> list[str]:
    compared = comparison(question)
    parts = list(compared.questions) if compared else asked_parts(question)
    return [question, *parts] if len(parts) > 1 else [question]
