"""A free sentence laid word by word over the evidence: which of its words does the evidence say, in whatever words?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from aieco_assets.core.rag.evidence.quotes import context
from aieco_assets.core.rag.evidence.sentence_cache import Described, Descriptions
from aieco_assets.core.text.vocabulary import NEGATIONS, STOP_WORDS
from aieco_assets.core.text.words import claim, clean, content, stem

if TYPE_CHECKING:
    import numpy as np

    from aieco_assets.core.embeddings.token_vectors import TokenVectors

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True)
class Sentence:
    """A written sentence as the embedder reads it. `forms`: stems of the words that carry meaning, `vectors` theirs:
    float32 (words, dimension)."""

    text: str
    tokens: TokenVectors
    forms: tuple[str, ...]
    words: tuple[str, ...]
    vectors: np.ndarray


@dataclass(frozen=True)
class Passage:
    """Units of a page that are cited together. `forms`: all stems that they have or that stand over them."""

    units: tuple[Described, ...]
    text: str
    forms: frozenset[str]


@dataclass(frozen=True)
class Place:
    """Where a passage says a sentence best: one unit or two in a row. `match`: likeness and coverage, 0 to 2."""

    units: tuple[Described, ...]
    coverage: float
    match: float

    @property
    def text(self) -> str:
        return " ".join(_said(unit) for unit in self.units)


def sentences_of(texts: Sequence[str], reads: Descriptions) -> list[Sentence]:
    """The texts as the embedder reads them, in one batch."""
    found = []
    for text, tokens in zip(texts, reads.tokens(list(texts)), strict=True):
        told, vectors = vectors_of_words(text, 0, tokens)
        found.append(Sentence(text, tokens, tuple(map(stem, told)), tuple(told), vectors))
    return found


def passage_of(units: Sequence[Described]) -> Passage:
    text = " ".join(_said(unit) for unit in units)
    return Passage(tuple(units), text, frozenset(content(text)))


def best_place(sentence: Sentence, passage: Passage, asked: frozenset[str]) -> Place | None:
    """`asked`: stems of the question, which a sentence may take up without evidence."""
    import numpy as np

    said, found = content(sentence.text), None
    alone = [(unit,) for unit in passage.units]
    pairs = [passage.units[n : n + 2] for n in range(len(passage.units) - 1)]
    for units in [*alone, *pairs]:
        forms = set(content(" ".join(map(_said, units)))) | asked
        coverage = sum(form in forms for form in said) / len(said) if said else 1.0
        mean = np.mean([unit.alone for unit in units], axis=0)
        like = float(mean @ sentence.tokens.whole) / (float(np.linalg.norm(mean)) or 1.0)
        if found is None or coverage + like > found.match:
            found = Place(units, coverage, coverage + like)
    return found


def likeness_of_words(sentence: Sentence, passages: Sequence[Passage], place: Place) -> tuple[float, float]:
    """Mean over the sentence's words of their best likeness to a token of the passages; and over the words of the best
    place of theirs to a word of the sentence: how much of it is told."""
    import numpy as np

    told = [unit.tokens.vectors[unit.first :] for passage in passages for unit in passage.units]
    back = [vectors_of_words(*_own(unit), unit.tokens)[1] for unit in place.units]
    if not len(sentence.vectors) or not sum(map(len, told)) or not sum(map(len, back)):
        return 1.0, 1.0
    near = (sentence.vectors @ np.concatenate(told).T).max(axis=1)
    return float(near.mean()), float((np.concatenate(back) @ sentence.vectors.T).max(axis=1).mean())


def vectors_of_words(text: str, offset: int, tokens: TokenVectors) -> tuple[list[str], np.ndarray]:
    """The words of the text that carry meaning, and float32 (words, dimension). `offset`: of the text in what was
    read; words beyond what the model reads are left out."""
    import numpy as np

    told, vectors = [], []
    for match in _WORD.finditer(text):
        word = match.group().casefold().replace("’", "'")
        if word in STOP_WORDS or word in NEGATIONS:
            continue
        vector = mean_vector(tokens, offset + match.start(), offset + match.end())
        if vector is not None:
            told.append(word)
            vectors.append(vector)
    return told, np.stack(vectors) if vectors else np.zeros((0, tokens.whole.shape[-1]), np.float32)


def news(sentence: Sentence, passages: Sequence[Passage], question: str, reads: Descriptions) -> float:
    """How much of the sentence is new: for each word that is nowhere, how unlike it is to every word that is said."""
    asked = [w for w in map(str.casefold, _WORD.findall(question)) if w not in STOP_WORDS]
    told = sorted({word for passage in passages for unit in passage.units for word in unit.plain.words} | set(asked))
    known = {stem(word) for word in told}.union(*(passage.forms for passage in passages))
    missing = [word for word, form in zip(sentence.words, sentence.forms, strict=True) if form not in known]
    if not missing or not told:
        return float(len(missing))
    near = (reads.vectors(missing) @ reads.vectors(told).T).max(axis=1)
    return float((1 - near).sum())


def likeness_of_numbers(sentence: Sentence, passages: Sequence[Passage]) -> float:
    """The least likeness, among the sentence's numbers, of a number to the same number in the evidence, each in its
    own surroundings; 0.75 when it has none."""
    least: list[float] = []
    for match in _NUMBER.finditer(sentence.text):
        mine = mean_vector(sentence.tokens, *match.span())
        best: list[float] = []
        for unit in (unit for passage in passages for unit in passage.units) if mine is not None else ():
            text, offset = _own(unit)
            for other in _NUMBER.finditer(text):
                if other.group() == match.group():
                    theirs = mean_vector(unit.tokens, offset + other.start(), offset + other.end())
                    if theirs is not None:
                        best.append(float(mine @ theirs))  # type: ignore[operator]
        if best:
            least.append(max(best))
    return min(least, default=0.75)


def longest_run(sentence: str, text: str) -> float:
    """The share of the sentence's claim that stands in the text as one unbroken run."""
    said, told = claim(sentence), claim(text)
    found = SequenceMatcher(None, said, told, autojunk=False).find_longest_match()
    return found.size / max(1, len(said))


def mean_vector(tokens: TokenVectors, start: int, end: int) -> np.ndarray | None:
    """The direction of the tokens of `text[start:end]`; None beyond what the model reads."""
    import numpy as np

    parts = [place for place, (begin, stop) in enumerate(tokens.spans) if begin < end and stop > start]
    if not parts:
        return None
    mean = tokens.vectors[parts].mean(axis=0)
    return mean / (float(np.linalg.norm(mean)) or 1.0)


def _said(unit: Described) -> str:
    """The unit, under the heading of its column."""
    return clean(f"{unit.plain.header} {unit.plain.unit.text}")


def _own(unit: Described) -> tuple[str, int]:
    """The unit's own text, and where it begins in what the embedder read."""
    text = clean(unit.plain.unit.text)
    return text, len(context(unit.plain.unit)) - len(text)
