"""Whether passages support a sentence that a model wrote in its own words.

Hard rules come first, for they can be shown to a person: a number that no cited passage has is never said. The rest
of the claim is laid word by word over the evidence, and a small linear model, fitted on labelled sentences
(`python -m benchmarks.support`), tells how likely it is supported; its figures: docs/decisions/0054-written-answers.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.verification.alignment import Passage, Place, Sentence, best_place
from aieco_assets.core.rag.verification.prompt_injection import addresses_the_model
from aieco_assets.core.rag.verification.rules import refused
from aieco_assets.core.rag.verification.similarity import (
    longest_run,
    news,
    similarity_of_numbers,
    similarity_of_words,
)
from aieco_assets.core.rag.verification.unsupported_details import (
    absolutes,
    admits,
    demands,
    dropped_limits,
    misused_units,
    opposites,
    unknown_names,
    unknown_units,
)
from aieco_assets.core.text.words import content, negated, words

FITTED = Path(__file__).with_name("support.json")
FEATURES = (
    *(
        "units_unknown",
        "units_misused",
        "names_unknown",
        "absolutes",
        "demands",
        "opposites",
        "denied",
        "limits_dropped",
    ),
    *("covered", "covered_here", "run", "apart", "several", "elsewhere"),
    *("words", "told", "numbers_like", "news", "length"),
)


@dataclass(frozen=True)
class Support:
    """A linear model over FEATURES. `supported`: the probability from which a sentence is shown."""

    weights: dict[str, float]  # of FEATURES, and `bias`
    supported: float

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Support:
        """Raises ValueError when the weights are those of other features."""
        if set(values["weights"]) != {*FEATURES, "bias"}:
            raise ValueError("the weights of support are those of other features")
        return cls(values["weights"], values["supported"])

    def probability(self, features: dict[str, float]) -> float:
        told = self.weights["bias"] + sum(self.weights[name] * features[name] for name in FEATURES)
        return 0.5 + 0.5 * math.tanh(told / 2)


@lru_cache(maxsize=1)
def fitted_support() -> Support:
    """The model that is packaged with this code."""
    return Support.from_json(json.loads(FITTED.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Checked:
    """What came of one sentence. `places`: where each passage says it best; `reason`: why it is not shown, or ""."""

    probability: float
    places: tuple[Place, ...]
    reason: str = ""


def check(
    question: str,
    sentence: Sentence,
    cited: Sequence[Passage],
    others: Sequence[Passage],
    reads: Descriptions,
    support: Support,
    several: bool | None = None,
) -> Checked:
    """Holds one sentence against the passages that it cites; `others`: passages that it could have cited.

    `several`: that the model cited more than one; left out, that `cited` is more than one.
    """
    if not cited:
        return Checked(0.0, (), "it cites nothing")
    if reason := refused(question, sentence.text, cited):
        return Checked(0.0, (), reason)
    found = measured(question, sentence, cited, others, reads)
    if found is None or addresses_the_model(sentence.text):
        return Checked(0.0, (), "it states nothing")
    features, places = found
    if several is not None:
        features |= {"several": float(several)}
    probability = support.probability(features)
    return Checked(probability, places, "" if probability >= support.supported else "the passages do not say all of it")


def measured(
    question: str, sentence: Sentence, cited: Sequence[Passage], others: Sequence[Passage], reads: Descriptions
) -> tuple[dict[str, float], tuple[Place, ...]] | None:
    """FEATURES of one sentence, and where each cited passage says it best; None for one without a claim."""
    said, asked = content(sentence.text), frozenset(content(question))
    if not said or sentence.text.rstrip().endswith("?") or admits(sentence.text):
        return None
    found = [place for passage in cited if (place := best_place(sentence, passage, asked))]
    if not found:
        return None
    best = max(found, key=lambda place: place.match)
    text = " ".join(passage.text for passage in cited)
    forms = frozenset[str]().union(*(passage.forms for passage in cited))
    away = [place.match for passage in others if (place := best_place(sentence, passage, asked))]
    covered = _share(said, forms | asked)
    near, told = similarity_of_words(sentence, cited, best)
    return {
        "units_unknown": unknown_units(sentence.text, text, question),
        "units_misused": misused_units(sentence.text, text),
        "names_unknown": unknown_names(sentence.text, text, question),
        "absolutes": absolutes(sentence.text, text, question),
        "demands": demands(sentence.text, text),
        "opposites": opposites(sentence.text, text),
        "denied": float(negated(sentence.text) != negated(best.text)),
        "limits_dropped": dropped_limits(sentence.text, best.text),
        "covered": covered,
        "covered_here": best.coverage,
        "run": longest_run(sentence.text, text),
        "apart": covered - max(_share(said, passage.forms | asked) for passage in cited),
        "several": float(len(cited) > 1),
        "elsewhere": max(away) - best.match if away else -0.5,
        "words": near,
        "told": told,
        "numbers_like": similarity_of_numbers(sentence, cited),
        "news": news(sentence, cited, question, reads),
        "length": math.log1p(len(words(sentence.text))),
    }, tuple(found)


def _share(said: Sequence[str], known: frozenset[str]) -> float:
    return sum(form in known for form in said) / len(said)
