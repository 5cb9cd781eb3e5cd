"""What a way of answering gives to whoever asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aieco_assets.core.contracts import Citation
from aieco_assets.core.llm.interface import Generation
from aieco_assets.core.rag.evidence.ranking import Evidence

NOTHING = Generation("", 0, 0)
QUOTE, WRITE = "quote", "write"


@dataclass(frozen=True)
class Draft:
    """A text with the quotes that say it. `mode`: word for word (`quote`), or in a model's own words (`write`).
    `confidence`: the probability that it answers the question."""

    text: str
    citations: tuple[Citation, ...]
    confidence: float
    mode: str = QUOTE


@dataclass(frozen=True)
class Drafted:
    """A draft or none; what the model wrote for it; `failed`: its server did not answer. `admitted`: the model says
    that the passages do not say it."""

    draft: Draft | None
    generated: Generation = NOTHING
    failed: bool = False
    admitted: bool = False


def citations_of(evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    """Each once, in the order of the evidence."""
    return tuple(dict.fromkeys(citation for item in evidence for citation in item.citations))


def quotes(evidence: Sequence[Evidence]) -> Draft:
    """The evidence in its own words; rows of a table, and what stands under its heading, on lines of their own."""
    text = ""
    for item in evidence:
        text += ("\n" if item.unit.kind == "row" or "\n" in item.text + text else " ") + item.text
    return Draft(text.strip(), citations_of(evidence), most_sure(evidence))


def most_sure(evidence: Sequence[Evidence]) -> float:
    """The probability of the likeliest of several quotes: one of them is enough of an answer."""
    return max((e.sure for e in evidence), default=0.0)
