"""Which sentences of the retrieved pages speak to the question, and how well."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Citation, Page
from aieco_assets.core.rag.cues import Cue, anchors, counts_what_is_asked, cue_of, lacks_anchor, opposes, subject_terms
from aieco_assets.core.rag.policy import Policy
from aieco_assets.core.rag.quotes import Span, context, quoted_spans, shown
from aieco_assets.core.rag.sentences import Unit
from aieco_assets.core.rag.text import clean, content, numbers, words

if TYPE_CHECKING:
    import numpy as np

    Encode = Callable[[list[str]], np.ndarray]

_PAGE_FURNITURE = re.compile(r"\bpage \d+(?: (?:of|/) \d+)?\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Evidence:
    """A quotable answer: `spans` of pages, in reading order, that say it together; `score` in about [0, 1]."""

    unit: Unit
    spans: tuple[Span, ...]  # (a unit of the page, start, end)
    score: float
    similarity: float
    coverage: float
    terms: frozenset[str]  # stems of the question that the unit or what is around it contains

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


def select(
    question: str, question_vector: np.ndarray, units: Sequence[Unit], encode: Encode, policy: Policy
) -> list[Evidence]:
    """The candidates scored against the question, best first, repeats removed."""
    cue = cue_of(question)
    terms = subject_terms(question, cue)
    headers = {
        unit.lead.place for unit in units if unit.kind == "row" and unit.lead is not None and unit.lead.kind == "row"
    }
    pool = [_Candidate.of(unit, cue) for unit in units if _can_answer(unit) and unit.place not in headers]
    if not pool:
        return []
    weights = _weights(terms, pool)
    pool.sort(key=lambda c: -(_coverage(terms, weights, c, {}) + 0.3 * (c.cue_met and cue.strict)))
    pool = pool[: policy.candidates]
    closeness = encode([clean(c.unit.text) for c in pool] + [context(c.unit) for c in pool]) @ question_vector
    soft = _soft_matches(terms, pool, encode, policy.soft_match)
    names, numerals = anchors(question)
    found = []
    for place, candidate in enumerate(pool):
        alone, within = float(closeness[place]), float(closeness[place + len(pool)])
        similarity = 0.6 * max(alone, within) + 0.4 * min(alone, within)
        coverage = _coverage(terms, weights, candidate, soft)
        score = policy.similarity_weight * similarity + policy.coverage_weight * coverage
        if cue.kind:
            score += policy.cue_bonus if candidate.cue_met else -policy.cue_penalty * cue.strict
        score += policy.counted_bonus * counts_what_is_asked(question, candidate.unit.text)
        page = candidate.unit.page
        known, text = _page_words(page)
        score -= policy.missing_name * lacks_anchor(names, known, text)
        near = candidate.own | candidate.around | set(numbers(f"{candidate.unit.text} {_surroundings(candidate.unit)}"))
        score -= policy.missing_number * any(n not in near for n in numerals)
        score -= policy.opposite_border * opposes(question, candidate.unit.text)
        covered = frozenset(t for t in terms if t in candidate.own or t in candidate.around)
        found.append(
            Evidence(candidate.unit, quoted_spans(candidate.unit, units), score, similarity, coverage, covered)
        )
    found.sort(key=lambda e: -e.score)
    return _without_repeats(found)


@dataclass(frozen=True)
class _Candidate:
    """A unit with the stems it has itself and the stems around it."""

    unit: Unit
    own: frozenset[str]
    around: frozenset[str]
    cue_met: bool

    @classmethod
    def of(cls, unit: Unit, cue: Cue) -> _Candidate:
        return cls(unit, frozenset(content(unit.text)), frozenset(content(_surroundings(unit))), cue.met(unit.text))


@lru_cache(maxsize=512)
def _page_words(page: Page) -> tuple[frozenset[str], str]:
    text = f"{_document_name(page)} {page.title} {page.text}"
    return frozenset(words(text)) | frozenset(content(text)) | frozenset(numbers(text)), text


def _document_name(page: Page) -> str:
    return PurePosixPath(page.document).stem.replace("_", " ").replace("-", " ")


def _can_answer(unit: Unit) -> bool:
    text = unit.text
    if unit.kind == "heading":
        return bool(re.search(r"\d", text)) or bool(re.search(r"[:：]\s*\S", text))
    return len(words(text)) >= 2 and not (unit.kind != "sentence" and _PAGE_FURNITURE.search(text))


def _surroundings(unit: Unit) -> str:
    near = [unit.heading, unit.heading.heading if unit.heading else None, unit.lead, unit.before]
    if unit.lead is not None:
        near += [unit.lead.before, unit.lead.lead]
    return " ".join([_document_name(unit.page), unit.page.title, *(part.text for part in near if part is not None)])


def _weights(terms: list[str], pool: list[_Candidate]) -> list[float]:
    """Rare words of the question weigh more; a word that no candidate has weighs most."""
    size = len(pool)
    known = [sum(t in c.own or t in c.around for c in pool) for t in terms]
    return [0.35 + math.log((size + 1) / (count + 0.5)) / math.log(2 * size + 2) for count in known]


def _coverage(
    terms: list[str], weights: list[float], candidate: _Candidate, soft: dict[str, dict[str, float]]
) -> float:
    """Share of the question, by weight, that the unit itself (or, for less, what is around it) speaks of."""
    if not terms:
        return 0.5
    total = 0.0
    for term, weight in zip(terms, weights, strict=True):
        near = soft.get(term, {})
        own = 1.0 if term in candidate.own else max((near[w] for w in near.keys() & candidate.own), default=0.0)
        around = (
            1.0 if term in candidate.around else max((near[w] for w in near.keys() & candidate.around), default=0.0)
        )
        total += weight * max(own, 0.8 * around)
    return total / sum(weights)


def _soft_matches(
    terms: list[str], pool: list[_Candidate], encode: Encode, threshold: float
) -> dict[str, dict[str, float]]:
    """term -> {word: cosine}, for terms that none of the likeliest candidates contains literally."""
    near = pool[:8]
    missing = [t for t in terms if not any(t in c.own or t in c.around for c in near)]
    nearby = sorted({w for c in near for w in c.own | c.around if w.isalpha() and len(w) > 2})
    if not missing or not nearby:
        return {}
    vectors = encode(missing + nearby)
    close = vectors[: len(missing)] @ vectors[len(missing) :].T
    return {
        term: {word: 0.9 * float(close[i, j]) for j, word in enumerate(nearby) if close[i, j] >= threshold}
        for i, term in enumerate(missing)
    }


def _without_repeats(found: Iterable[Evidence]) -> list[Evidence]:
    """The same sentence on several pages is kept once: where it scored best."""
    kept: list[Evidence] = []
    seen: set[tuple[str, ...]] = set()
    for evidence in found:
        key = tuple(content(evidence.unit.text))
        if key not in seen:
            seen.add(key)
            kept.append(evidence)
    return kept
