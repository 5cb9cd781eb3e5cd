"""An answer that keeps to the evidence's own words: the model may shorten a quote, and add nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.interface import Generation, Llm, Piece
from aieco_assets.core.llm.prompt import Prompt
from aieco_assets.core.monitoring.tracing import note, stage
from aieco_assets.core.rag.evidence.ranking import Evidence
from aieco_assets.core.rag.evidence.selection import says_enough
from aieco_assets.core.rag.evidence.thresholds import Policy
from aieco_assets.core.rag.generation.draft import NOTHING, Draft, Drafted, citations_of, most_sure, quotes
from aieco_assets.core.rag.verification.quoting import may_be_supported, verify

logger = logging.getLogger(__name__)


def quoted(
    question: str, chosen: Sequence[Evidence], llm: Llm, prompt: Prompt, policy: Policy, or_quote: bool
) -> Drafted:
    """The generated answer where every kept sentence is supported and it says enough; else the quotes.

    `or_quote`: the quotes answer where the model's server does not; else ModelUnavailable is raised.
    """
    generated, failed = NOTHING, False
    with stage("generate"):
        try:
            generated = _generated(question, chosen, llm, prompt, policy.max_tokens)
        except ModelUnavailable as reason:
            if not or_quote:
                raise
            logger.warning("the quotes answer alone: %s", reason)
            failed = True
        note(prompt_tokens=generated.prompt_tokens, completion_tokens=generated.completion_tokens, failed=failed)
    with stage("verify"):
        return Drafted(_verified(question, chosen, generated, policy), generated, failed)


def _verified(question: str, chosen: Sequence[Evidence], generated: Generation, policy: Policy) -> Draft:
    kept = [v for v in verify(generated.text, chosen) if v.evidence is not None]
    note(sentences=len(kept))
    text = " ".join(v.sentence for v in kept)
    used = tuple(e for e in chosen if any(v.evidence is e for v in kept))
    if kept and all(says_enough(question, text, e, policy) for e in chosen):
        return Draft(text, citations_of(used), most_sure(used))
    return quotes(chosen)


def _generated(question: str, chosen: Sequence[Evidence], llm: Llm, prompt: Prompt, max_tokens: int) -> Generation:
    """Generated text, stopped as soon as it leaves the quotes: what follows could not be kept anyway."""
    messages = prompt.filled(question, [e.text for e in chosen])
    astray, text, last = threading.Event(), "", Piece("")
    for last in llm.stream(messages, max_tokens, stop=["\n"], cancelled=astray):
        text += last.text
        if not may_be_supported(text, chosen):
            astray.set()
    return Generation(text.strip(), last.prompt_tokens, last.completion_tokens)
