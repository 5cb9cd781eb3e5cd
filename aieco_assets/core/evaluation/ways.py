"""Which way of answering suits a language model: its own words, or the documents'. Told by golden questions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aieco_assets.core.evaluation.evaluate import Evaluation, evaluate
from aieco_assets.core.evaluation.questions import Question
from aieco_assets.core.rag.generation.draft import QUOTE, WRITE
from aieco_assets.core.rag.pipeline import Answerer

_FIRST = 4  # questions after which a model that writes badly is asked no more
_WORSE = 2  # of them, answered worse than by quotes


def better_way(
    answerer: Answerer, questions: Sequence[Question], progress: Callable[[int, int], None] | None = None
) -> tuple[str, dict[str, Evaluation]]:
    """The mode that answers better and invents no number, and what came of each that was tried to the end.

    Writing wins a tie, for it reads better. A model that is clearly worse at the first questions is not asked the rest.
    """
    quoted = evaluate(_in_mode(answerer, QUOTE), questions, progress)
    writes = _in_mode(answerer, WRITE)
    answerable = [place for place, one in enumerate(questions) if not one.unanswerable][:_FIRST]
    first = evaluate(writes, [questions[place] for place in answerable])
    if sum(quoted.rows[place].correct for place in answerable) - sum(row.correct for row in first.rows) >= _WORSE:
        return QUOTE, {QUOTE: quoted}
    rest = evaluate(writes, [one for place, one in enumerate(questions) if place not in answerable])
    rows = iter(rest.rows)
    known = dict(zip(answerable, first.rows, strict=True))
    written = Evaluation(tuple(known[place] if place in known else next(rows) for place in range(len(questions))))
    invents = any(row.invented for row in written.rows)
    return WRITE if not invents and _right(written) >= _right(quoted) else QUOTE, {QUOTE: quoted, WRITE: written}


def ways_told(found: Mapping[str, Evaluation]) -> dict[str, Any]:
    """What is shown of each way beside the rows of the better one."""
    shown = ("answerable", "unanswerable", "unsupported_numbers", "latency_ms")
    return {mode: {name: one.summary()[name] for name in shown} for mode, one in found.items()}


def _right(evaluation: Evaluation) -> int:
    """Answered right, or rightly not at all."""
    return sum(row.answer.abstained if row.question.unanswerable else row.correct for row in evaluation.rows)


def _in_mode(answerer: Answerer, mode: str) -> Answerer:
    return answerer.having(answerer.llm, replace(answerer.policy, mode=mode), answerer.prompt)
