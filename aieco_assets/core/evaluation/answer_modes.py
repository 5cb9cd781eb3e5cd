"""Which way of answering suits a language model: its own words, or the documents'. Told by golden questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aieco_assets.core.evaluation.evaluate import Evaluation, evaluate
from aieco_assets.core.evaluation.questions import Question
from aieco_assets.core.rag.generation.draft import QUOTE, WRITE
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.settings import Settings

_TRIED = 2  # questions that a model must write at least one right answer to, before it is asked all
_SHORT = {"chunks": 2, "write_tokens": 120}  # how they are asked: little to read, little to write


def better_way(
    answerer: Answerer,
    questions: Sequence[Question],
    progress: Callable[[int, int], None] | None = None,
    may_write: bool = True,
    settings: Settings | None = None,
) -> tuple[str, dict[str, Evaluation]]:
    """The mode that answers better and invents no number, and what came of each that was tried to the end.

    Writing wins a tie, for it reads better. What falls back to quotes is not written: a model that can't write is told
    by two short questions and costs no more. `may_write`: else it is known that the model can't, and it isn't asked.
    `settings`: as of `evaluate`.
    """
    quoted = evaluate(_in_mode(answerer, QUOTE), questions, progress, settings)
    first = [question for question in questions if not question.unanswerable][:_TRIED]
    if not may_write or not _wrote(evaluate(_in_mode(answerer, WRITE, **_SHORT), first)):
        return QUOTE, {QUOTE: quoted}
    written = evaluate(_in_mode(answerer, WRITE), questions, progress, settings)
    invents = any(row.invented for row in written.rows)
    own_words = 2 * _wrote(written) >= sum(row.correct for row in written.rows)
    better = own_words and not invents and _right(written) >= _right(quoted)
    return WRITE if better else QUOTE, {QUOTE: quoted, WRITE: written}


def ways_told(found: Mapping[str, Evaluation]) -> dict[str, Any]:
    """What is shown of each way beside the rows of the better one."""
    shown = ("answerable", "unanswerable", "unsupported_numbers", "latency_ms")
    return {mode: {name: one.summary()[name] for name in shown} for mode, one in found.items()}


def _right(evaluation: Evaluation) -> int:
    """Answered right, or rightly not at all."""
    return sum(row.answer.abstained if row.question.unanswerable else row.correct for row in evaluation.rows)


def _wrote(evaluation: Evaluation) -> int:
    """Answered right in the model's own words."""
    return sum(row.correct and row.answer.mode == WRITE for row in evaluation.rows)


def _in_mode(answerer: Answerer, mode: str, **more: Any) -> Answerer:
    return answerer.having(answerer.llm, replace(answerer.policy, mode=mode, **more), answerer.prompt)
