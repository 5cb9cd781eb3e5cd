"""Which evidence is quoted, and whether a generated text says as much as the quotes."""

from __future__ import annotations

from collections.abc import Sequence

from aieco_assets.core.rag.evidence.ranking import Evidence
from aieco_assets.core.rag.evidence.thresholds import Policy
from aieco_assets.core.rag.understanding.answer_type import cue_of
from aieco_assets.core.text.words import content

_OF_A_FACT = 2  # quotes


def choose(found: Sequence[Sequence[Evidence]], policy: Policy, is_open: bool = True) -> list[Evidence]:
    """The evidence worth quoting: what surely answers each thing that is asked, and what is hardly less good.

    `is_open`: the question asks for no number, day, person … and not for yes or no: its answer may take more quotes.
    """
    most = policy.max_quotes if is_open else min(policy.max_quotes, _OF_A_FACT)
    chosen: list[Evidence] = []
    for evidence in found:
        if not evidence or evidence[0].sure < policy.sure:
            continue
        close = [e for e in evidence[1:] if e.score >= evidence[0].score - policy.tie and e.sure >= policy.also]
        for other in evidence[:1] if len(found) > 1 else [evidence[0], *close]:
            if len(chosen) < max(most, len(found)) and not any(_overlap(other, e) for e in chosen):
                chosen.append(other)
    return chosen


def says_enough(question: str, text: str, quoted: Evidence, policy: Policy) -> bool:
    """Whether a supported text keeps what a quote adds to the question: echoing the question is no answer."""
    asked = set(content(question))
    cue = cue_of(question)
    if cue.strict and cue.met(quoted.text) and not cue.met(text):
        return False
    novel = set(content(quoted.text)) - asked
    return not novel or len(novel & set(content(text))) >= policy.min_novel * len(novel)


def _overlap(left: Evidence, right: Evidence) -> bool:
    return any(
        a.page == b.page and start < stop and begin < end
        for a, start, end in left.spans
        for b, begin, stop in right.spans
    )
