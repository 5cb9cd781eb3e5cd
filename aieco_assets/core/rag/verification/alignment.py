"""A free sentence laid word by word over the evidence: which of its words does the evidence say, in whatever words?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from aieco_assets.core.rag.evidence.quotes import context
from aieco_assets.core.rag.evidence.sentence_cache import Described, Descriptions
from aieco_assets.core.text.vocabulary import NEGATIONS, STOP_WORDS
from aieco_assets.core.text.words import clean, content, stem

if TYPE_CHECKING:
    import numpy as np

    from aieco_assets.core.embeddings.token_vectors import TokenVectors

T = TypeVar("T")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True)
class Sentence:
    """A written sentence as the embedder reads it. `forms`: stems of the words that carry meaning, `vectors` theirs:
    float32 (words, dimension)."""

    text: str
    tokens: TokenVectors
    forms: tuple[str, ...]
    words: tuple[str, ...]
    vectors: np.ndarray
    kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)  # what was worked out of it already


@dataclass(frozen=True)
class Passage:
    """Units of a page that are cited together. `forms`: all stems that they have or that stand over them."""

    units: tuple[Described, ...]
    text: str
    forms: frozenset[str]
    kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)  # what was worked out of it already


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
    key = (id(passage), asked)
    if key not in sentence.kept:
        sentence.kept[key] = passage, _best_place(sentence, passage, asked)  # the passage lives as long as its id
    return sentence.kept[key][1]


def _best_place(sentence: Sentence, passage: Passage, asked: frozenset[str]) -> Place | None:
    if not passage.units:
        return None
    places, forms, means = kept_of(passage, "places", _places)
    said, alike = content(sentence.text), means @ sentence.tokens.whole
    free = [form in asked for form in said]
    found = None
    for units, known, like in zip(places, forms, alike.tolist(), strict=True):
        told = sum(one or form in known for one, form in zip(free, said, strict=True))
        coverage = told / len(said) if said else 1.0
        if found is None or coverage + like > found.match:
            found = Place(units, coverage, coverage + like)
    return found


def _places(passage: Passage) -> tuple[list[tuple[Described, ...]], list[frozenset[str]], np.ndarray]:
    """Each unit and each two in a row: the units, their stems, and the direction of their vectors' mean."""
    import numpy as np

    units = passage.units
    places = [*((unit,) for unit in units), *(units[n : n + 2] for n in range(len(units) - 1))]
    forms = [frozenset(content(_said(unit))) for unit in units]
    joined = [*forms, *(one | other for one, other in pairwise(forms))]
    means = np.stack([np.mean([unit.alone for unit in place], axis=0) for place in places])
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    return places, joined, means / np.where(lengths == 0, 1, lengths)


def kept_of(passage: Passage, name: str, work: Callable[[Passage], T]) -> T:
    if name not in passage.kept:
        passage.kept[name] = work(passage)
    return passage.kept[name]


def vectors_of_words(text: str, offset: int, tokens: TokenVectors) -> tuple[list[str], np.ndarray]:
    """The words of the text that carry meaning, and float32 (words, dimension). `offset`: of the text in what was
    read; words beyond what the model reads are left out."""
    import numpy as np

    told, vectors = [], []
    for match in WORD.finditer(text):
        word = match.group().casefold().replace("’", "'")
        if word in STOP_WORDS or word in NEGATIONS:
            continue
        vector = mean_vector(tokens, offset + match.start(), offset + match.end())
        if vector is not None:
            told.append(word)
            vectors.append(vector)
    return told, np.stack(vectors) if vectors else np.zeros((0, tokens.whole.shape[-1]), np.float32)


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


def own_text(unit: Described) -> tuple[str, int]:
    """The unit's own text, and where it begins in what the embedder read."""
    text = clean(unit.plain.unit.text)
    return text, len(context(unit.plain.unit)) - len(text)
