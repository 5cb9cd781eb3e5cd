"""The numbers that decide when to answer, quote or stay silent. Stored as JSON with the registered `rag` model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Policy:
    """Weights and thresholds of evidence and verification, in [0, 1] where not said otherwise.

    Calibrated on the sample's golden questions and on others written for it, never on the documents that judge us
    (docs/decisions/answers.md has the figures).
    """

    chunks: int = 8  # hits whose sentences are looked at
    candidates: int = 16  # sentences that are embedded for one question
    similarity_weight: float = 0.65
    coverage_weight: float = 0.35
    cue_bonus: float = 0.06  # the question asks for a number, date, address ... and the sentence has one
    cue_penalty: float = 0.16  # ... and it has none
    counted_bonus: float = 0.05  # `how many weeks` was asked and `20 weeks` is told
    missing_name: float = 0.30  # a name of the question is nowhere on the page
    missing_number: float = 0.10  # a number of the question is neither in the sentence nor in what is around it
    opposite_border: float = 0.20  # `over 2 kg` was asked and `up to 2 kg` is told
    min_score: float = 0.48  # below: abstain
    min_similarity: float = 0.30  # below: abstain
    min_coverage: float = 0.30  # share of the question's words, by weight, found in the evidence; below: abstain
    sure_similarity: float = 0.80  # above: the words may differ
    soft_match: float = 0.62  # cosine from which two single words count as the same
    tie: float = 0.85  # a second sentence this close to the best is quoted too
    addition: float = 0.75  # ... and from here if it speaks of something in the question that the best does not
    max_quotes: int = 2
    min_novel: float = 0.5  # share of what the best quote adds to the question that a generated answer must keep
    max_tokens: int = 56

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Policy:
        return cls(**{name: values[name] for name in cls.__dataclass_fields__ if name in values})
