"""Which sentences of the retrieved pages answer the question, and how sure that is."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Citation
from aieco_assets.core.rag.evidence.late_interaction import Asked
from aieco_assets.core.rag.evidence.quotes import Span, begins_with_a_reference, quoted_spans, shown
from aieco_assets.core.rag.evidence.ranking_features import ALL_AROUND, FEATURES, JUDGED, features, likeliest
from aieco_assets.core.rag.evidence.sentence_cache import Described, Descriptions, Plain
from aieco_assets.core.rag.evidence.thresholds import Policy
from aieco_assets.core.rag.retrieval import Placed
from aieco_assets.core.rag.understanding.answer_type import asks_for_several
from aieco_assets.core.rag.verification.prompt_injection import addresses_the_model
from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.words import words

if TYPE_CHECKING:
    import numpy as np

_NO_OTHER = 3.0  # lead over nothing
_LOOKED_AT = 8  # of the best
_LIKELY = 2 / 3  # of the probability that is enough: enough where the words themselves leave no doubt
_AGAINST = (
    *("cue_missed", "contact_missed", "who_missed", "name_far", "name_elsewhere", "name_unknown"),
    *("number_elsewhere", "number_unknown", "border_opposite"),
)
_PART = 0.5  # how much a question's part decides about that part; the rest is the whole question
_CONTROL = re.compile(r"<\|?[a-z_]{2,20}\|?>|\[/?[A-Z]{3,8}\]")
_PAGE_FURNITURE = re.compile(r"\bpage \d+(?: (?:of|/) \d+)?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Evidence:
    """A quotable answer: `spans` of pages, in reading order, that say it together.

    `score` orders the evidence of one question; `sure` is the probability that this answers it.
    """

    unit: Unit
    spans: tuple[Span, ...]  # (a unit of the page, start, end)
    score: float
    sure: float

    @property
    def text(self) -> str:
        """The quotes as they are shown, bullets and line breaks taken away."""
        return shown(self.spans)

    @property
    def citations(self) -> tuple[Citation, ...]:
        return tuple(
            Citation(unit.page.document, unit.page.page, unit.page.text[a:b], a, b, unit.page.sha256)
            for unit, a, b in self.spans
        )


@dataclass(frozen=True)
class Pool:
    """The units that could answer a question. `values`: for each part of the question (candidates, FEATURES)."""

    candidates: tuple[Described, ...]
    values: tuple[np.ndarray, ...]


def pool(parts: Sequence[Asked], placed: Sequence[Placed], descriptions: Descriptions, most: int) -> Pool:
    """At most `most` candidates and their features. `parts`: the question, then each thing it asks if it is several."""
    headers = {p.unit.lead.place for p in placed if p.unit.kind == "row" and p.unit.lead and p.unit.lead.kind == "row"}
    kept = [p for p in placed if can_answer(p.unit) and p.unit.place not in headers]
    # No reader asked for what gives orders to a model; a sentence that ends in control tokens still says what it says.
    kept = [p for p in kept if not addresses_the_model(_CONTROL.sub(" ", p.unit.text))]
    known = [descriptions.plain(p.unit) for p in kept]
    places = likeliest(parts[0], known, [p.rank for p in kept], most)
    if not places:
        return Pool((), ())
    candidates, ranks = descriptions.of([known[place] for place in places]), [kept[place].rank for place in places]
    whole, *rest = [features(part, candidates, ranks, descriptions.vectors) for part in parts]
    return Pool(tuple(candidates), tuple(_PART * part + (1 - _PART) * whole for part in rest) or (whole,))


def select(
    parts: Sequence[Asked], placed: Sequence[Placed], descriptions: Descriptions, policy: Policy
) -> list[list[Evidence]]:
    """For each thing that is asked the evidence, best first, repeats removed."""
    found = pool(parts, placed, descriptions, policy.candidates)
    if not found.candidates:
        return []
    units = [p.unit for p in placed]
    several = asks_for_several(parts[0].text)
    return [ranked(found.candidates, values, units, policy, several) for values in found.values]


def ranked(
    candidates: Sequence[Described],
    values: np.ndarray,
    units: Sequence[Unit],
    policy: Policy,
    several: bool = False,
) -> list[Evidence]:
    """The likeliest candidates as evidence, best first. `several`: a list is asked for, not one of its items."""
    scores = values @ weights(policy.ranking, FEATURES)
    evidence = []
    places = best_places(candidates, scores)[:_LOOKED_AT]
    for place in places:
        told = judged(candidates, values, scores, place)
        sure = 0.5 + 0.5 * math.tanh(float(told @ weights(policy.answering, JUDGED)) / 2)  # the logistic function
        if place == places[0] and sure >= _LIKELY * policy.sure:
            found = [candidates[one].plain for one in places]
            sure = max(sure, min(policy.sure, 1.0)) if _alone_says_all(found, values[places]) else sure
        unit = candidates[place].plain.unit
        evidence.append(Evidence(unit, quoted_spans(unit, units, several), float(scores[place]), sure))
    return evidence


def _alone_says_all(found: Sequence[Plain], values: np.ndarray) -> bool:
    """Whether the first of several candidates has every word of the question in it or around it, nothing speaks against
    it, and no other has them but what follows it. (candidates, FEATURES), best first."""
    whole = values[:, FEATURES.index("literal")] >= ALL_AROUND
    best = found[0].unit
    rivals = [other.unit for other, has in zip(found[1:], whole[1:], strict=True) if has]
    against = values[0, [FEATURES.index(name) for name in _AGAINST]].any()
    return bool(whole[0]) and not against and all(best is one.before or best is one.lead for one in rivals)


def best_places(candidates: Sequence[Described], scores: np.ndarray) -> list[int]:
    """Best first; the same sentence on several pages is kept once: where it scored best."""
    found: dict[frozenset[str], int] = {}
    for place in sorted(range(len(candidates)), key=lambda place: -scores[place]):
        found.setdefault(candidates[place].plain.own, place)
    return list(found.values())


def judged(candidates: Sequence[Described], values: np.ndarray, scores: np.ndarray, place: int) -> np.ndarray:
    """What is weighed to tell how sure one candidate is: (JUDGED,)."""
    import numpy as np

    best, score = candidates[place].plain, float(scores[place])
    others = [other for c, other in zip(candidates, scores, strict=True) if not _says_the_same(c.plain, best)]
    margin = score - max(others) if others else _NO_OTHER
    return np.array([*values[place], 1.0, score, margin, score - float(np.logaddexp.reduce(scores))])


def _says_the_same(other: Plain, best: Plain) -> bool:
    """Whether another candidate is no rival: the same words, or quoted with the best because it refers back."""
    return other.own == best.own or (other.unit.before is best.unit and begins_with_a_reference(other.unit.text))


def weights(named: Mapping[str, float], order: Sequence[str]) -> np.ndarray:
    import numpy as np

    return np.array([named[name] for name in order])


def can_answer(unit: Unit) -> bool:
    """Whether a unit says anything at all."""
    text = unit.text
    if unit.kind == "heading":
        return bool(re.search(r"\d", text)) or bool(re.search(r"[:：]\s*\S", text))
    return len(words(text)) >= 2 and not (unit.kind != "sentence" and _PAGE_FURNITURE.search(text))
