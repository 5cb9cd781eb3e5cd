"""What speaks for and against a unit as the answer to a question, as numbers that a linear model can weigh."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Page
from aieco_assets.core.rag.evidence.late_interaction import Asked, likeness, rarity, singles
from aieco_assets.core.rag.evidence.sentence_cache import Described, Plain, document_name
from aieco_assets.core.rag.understanding.answer_type import (
    CONTACTS,
    anchors,
    asks_yes_or_no,
    counts_what_is_asked,
    cue_of,
    lacks_anchor,
    opposes,
    subject_terms,
)
from aieco_assets.core.text.vocabulary import ASKING, MODALS, NEGATIONS, STOP_WORDS
from aieco_assets.core.text.words import clean, content, numbers, stem, words

if TYPE_CHECKING:
    import numpy as np

    from aieco_assets.core.embeddings.token_vectors import TokenVectors

FEATURES = (
    "meaning_alone", "meaning_unit", "meaning_context", "meaning_title",
    "words_mean", "words_least", "words_unit", "words_back", "words_lack", "words_nowhere",
    "singles_mean", "singles_least", "singles_unit",
    "literal", "literal_unit", "cue_met", "cue_missed", "contact_met", "contact_missed", "who_met", "who_missed",
    "counted", "yes_no_told", "yes_no_untold",
    "name_far", "name_elsewhere", "name_unknown", "number_elsewhere", "number_unknown",
    "border_opposite", "rank", "row", "heading", "lead", "length",
)  # fmt: skip
# What `Policy.answering` weighs beside the features: a constant, the score, its lead over the next one, its share of
# all (the logarithm of the softmax).
BESIDE = ("bias", "score", "margin", "share")
JUDGED = (*FEATURES, *BESIDE)
ALL_AROUND = 0.8  # share of the question's words that counts for those that are around a unit, not in it
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ASKING_STEMS = frozenset(map(stem, ASKING))


def asked(text: str, tokens: TokenVectors) -> Asked:
    """`tokens`: the question as the embedder reads it."""
    cue = cue_of(text)
    names, numerals = anchors(text)
    found = []
    for match in _WORD.finditer(text):
        word = match.group().casefold().replace("’", "'")
        if word not in STOP_WORDS and word not in NEGATIONS:
            form = stem(word)
            asks = form in _ASKING_STEMS or form in cue.consumed
            found.append((word, form, match.span(), 0.3 if asks else 1.0))
    return Asked(
        text, cue, tuple(subject_terms(text, cue)), tuple(found), tokens, tuple(names), tuple(numerals),
        asks_yes_or_no(text),
    )  # fmt: skip


def features(
    question: Asked,
    candidates: Sequence[Described],
    ranks: Sequence[int],
    vectors: Callable[[Sequence[str]], np.ndarray],
) -> np.ndarray:
    """(candidates, FEATURES). `ranks`: from 0, of the hit that each candidate comes from; `vectors`: of words."""
    import numpy as np

    rows = np.zeros((len(candidates), len(FEATURES)))
    named = {name: place for place, name in enumerate(FEATURES)}

    def put(name: str, values: Sequence[float] | np.ndarray) -> None:
        rows[:, named[name]] = values

    for name, values in {**likeness(question, candidates), **singles(question, candidates, vectors)}.items():
        put(name, values)
    plain = [candidate.plain for candidate in candidates]
    put("literal", literal(question, plain))
    put("literal_unit", literal(question, plain, around=0.0))
    put("rank", [1 / (1 + rank) for rank in ranks])
    for name in ("row", "heading"):
        put(name, [c.unit.kind == name for c in plain])
    put("lead", [clean(c.unit.text).endswith(":") for c in plain])
    put("length", [math.log1p(len(words(c.unit.text))) for c in plain])
    known = _known(question, plain)
    for place, candidate in enumerate(plain):
        for name in [*_signs(question, candidate), *_anchored(question, candidate, known)]:
            rows[place, named[name]] = 1.0
    return rows


def _signs(question: Asked, candidate: Plain) -> list[str]:
    """Names of the features that are there or not."""
    text, cue, found = candidate.unit.text, question.cue, []
    if cue.strict:
        kind = "contact" if cue.kind in CONTACTS else "cue"
        found.append(f"{kind}_met" if cue.met(text, candidate.header) else f"{kind}_missed")
    elif cue.kind == "who":
        found.append("who_met" if cue.met(text) else "who_missed")
    elif question.yes_or_no:
        found.append("yes_no_told" if MODALS & set(words(text)) else "yes_no_untold")
    if counts_what_is_asked(question.text, text):
        found.append("counted")
    if opposes(question.text, text):
        found.append("border_opposite")
    return found


def _known(question: Asked, candidates: Sequence[Plain]) -> frozenset[str]:
    """Names and numbers of the question that any of the candidates' pages knows."""
    pages = {id(c.unit.page): _page_words(c.unit.page) for c in candidates}.values()
    told = [name for name in question.names if any(not lacks_anchor([name], *page) for page in pages)]
    return frozenset([*told, *(number for number in question.numerals if any(number in page[0] for page in pages))])


def _anchored(question: Asked, candidate: Plain, known: frozenset[str]) -> list[str]:
    """Whether the unit speaks of whom and of what the question names: one that another page knows, or none does."""
    found = []
    if question.names:
        words_there, page = _page_words(candidate.unit.page)
        missing = [name for name in question.names if lacks_anchor([name], words_there, page)]
        if any(name in known for name in missing):
            found.append("name_elsewhere")
        if any(name not in known for name in missing):
            found.append("name_unknown")
        if not missing and lacks_anchor(list(question.names), candidate.near, candidate.said):
            found.append("name_far")
    away = [n for n in question.numerals if n not in candidate.numerals and n not in candidate.near]
    if any(number in known for number in away):
        found.append("number_elsewhere")
    if any(number not in known for number in away):
        found.append("number_unknown")
    return found


def literal(question: Asked, candidates: Sequence[Plain], around: float = ALL_AROUND) -> list[float]:
    """Share of the question's words, by weight, that are in each unit or, for less, around it."""
    if not question.terms:
        return [0.5] * len(candidates)
    weights = rarity(question.terms, candidates)
    told = [
        sum(w * (1.0 if t in c.own else around * (t in c.around)) for t, w in zip(question.terms, weights, strict=True))
        for c in candidates
    ]
    return [share / sum(weights) for share in told]


def likeliest(question: Asked, candidates: Sequence[Plain], ranks: Sequence[int], most: int) -> list[int]:
    """Places of the candidates that are worth reading, as far as can be told without a model; in their order."""
    cue = question.cue
    told = [
        share + 0.5 / (1 + rank) + 0.2 * (cue.strict and cue.met(c.unit.text, c.header))
        for share, rank, c in zip(literal(question, candidates), ranks, candidates, strict=True)
    ]
    return sorted(sorted(range(len(told)), key=lambda place: -told[place])[:most])


@lru_cache(maxsize=512)
def _page_words(page: Page) -> tuple[frozenset[str], str]:
    text = f"{document_name(page)} {page.title} {page.text}"
    return frozenset(words(text)) | frozenset(content(text)) | frozenset(numbers(text)), text
