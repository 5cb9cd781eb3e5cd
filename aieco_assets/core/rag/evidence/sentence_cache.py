"""What is known of a unit before anything is asked: its stems, what is around it, its vectors. Kept while in use."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Protocol

from aieco_assets.core.contracts import Page
from aieco_assets.core.embeddings.sentence_vectors import Reading, packed, reading_id, unpacked
from aieco_assets.core.rag.evidence.quotes import context
from aieco_assets.core.text.sentences import Unit
from aieco_assets.core.text.vocabulary import STOP_WORDS
from aieco_assets.core.text.words import clean, content, numbers, words

if TYPE_CHECKING:
    import numpy as np

    from aieco_assets.core.embeddings.sentence_vectors import Readings
    from aieco_assets.core.embeddings.token_vectors import TokenVectors

_KEPT = 1_000  # units of about 40 tokens: 60 MB
_KEPT_PLAIN = 10_000
_KEPT_WORDS = 40_000  # 1.5 kB each


class Reads(Protocol):
    """What is asked of `core.embeddings.embedder.Embedder`."""

    @property
    def version(self) -> str: ...

    def encode(self, texts: list[str], /) -> np.ndarray: ...

    def encode_document(self, texts: list[str], /) -> np.ndarray: ...

    def document_tokens(self, texts: list[str], /) -> Sequence[TokenVectors]: ...


@dataclass(frozen=True)
class Plain:
    """A unit, the stems it has itself and those around it: what is known without a model."""

    unit: Unit
    own: frozenset[str]
    around: frozenset[str]
    numerals: frozenset[str]
    words: frozenset[str]  # of the unit
    words_near: frozenset[str]  # of its context
    header: str  # of the column, for the row of a table
    title: str  # document and heading
    surroundings: str

    @property
    def near(self) -> frozenset[str]:
        return self.own | self.around

    @property
    def said(self) -> str:
        """The unit's text and what is around it."""
        return f"{self.unit.text} {self.surroundings}"


@dataclass(frozen=True)
class Described:
    """A unit with its vector, and the vectors of its tokens read in its context."""

    plain: Plain
    alone: np.ndarray
    tokens: TokenVectors
    first: int  # place of the first token that is the unit's own


_Key = tuple[str, tuple[str, int, int, int]]  # a unit is never hashed itself: it holds all sentences before it


class Descriptions:
    """Describes units; what was described last is kept, so that pages asked about again cost nothing.

    All vectors are rounded as stored ones are: an answer is the same whether its pages were read ahead or not, and
    readers who may not see a document do not see from the last digits that some document has a word.
    """

    def __init__(self, embedder: Reads, readings: Readings | None = None) -> None:
        self._embedder, self._readings, self._lock = embedder, readings, threading.Lock()
        self._started = readings is None
        self._plain: dict[_Key, Plain] = {}
        self._known: dict[_Key, Described] = {}
        self._vectors: dict[str, np.ndarray] = {}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """float32 (n, dimension): of words and titles, which come again and again."""
        import numpy as np

        with self._lock:
            if not self._started:
                assert self._readings is not None
                self._vectors, self._started = self._readings.words(), True
            found = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in found]
        if missing:
            read = self._embedder.encode(missing).astype(np.float16).astype(np.float32)
            fresh = dict(zip(missing, read, strict=True))
            found |= fresh
            with self._lock:
                self._vectors |= fresh
                while len(self._vectors) > _KEPT_WORDS:
                    del self._vectors[next(iter(self._vectors))]
        return np.stack([found[text] for text in texts])

    def tokens(self, texts: list[str]) -> Sequence[TokenVectors]:
        """Of texts that no document has, as sentences of documents are read. They are not kept."""
        return self._embedder.document_tokens(texts) if texts else []

    def plain(self, unit: Unit) -> Plain:
        """What a unit says and what is said around it."""
        key = (unit.page.document, unit.place)
        with self._lock:
            found = self._plain.get(key)
        if found is None:
            found = plain_of(unit)
            with self._lock:
                self._plain[key] = found
                while len(self._plain) > _KEPT_PLAIN:
                    del self._plain[next(iter(self._plain))]
        return found

    def of(self, units: Sequence[Plain]) -> list[Described]:
        """In the order of `units`; what is not known yet is read in one batch."""
        keys = [(plain.unit.page.document, plain.unit.place) for plain in units]
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
        missing = {key: plain for key, plain in zip(keys, units, strict=True) if key not in found}
        if missing:
            fresh = dict(zip(missing, self._read(list(missing.values())), strict=True))
            found |= fresh
            with self._lock:
                self._known |= fresh
                while len(self._known) > _KEPT:
                    del self._known[next(iter(self._known))]
        return [found[key] for key in keys]

    def _read(self, units: list[Plain]) -> list[Described]:
        texts = [(context(plain.unit), clean(plain.unit.text)) for plain in units]
        ids = [
            reading_id(self._embedder.version, p.unit.page.page_id, *both) for p, both in zip(units, texts, strict=True)
        ]
        ahead = self._readings.sentences(list(dict.fromkeys(ids))) if self._readings else {}
        missing = {key: both for key, both in zip(ids, texts, strict=True) if key not in ahead}
        if missing:
            near = self._embedder.document_tokens([whole for whole, _ in missing.values()])
            alone = self._embedder.encode_document([own for _, own in missing.values()])
            read = [unpacked(packed(Reading(*both))) for both in zip(alone, near, strict=True)]
            ahead |= dict(zip(missing, read, strict=True))
        found = []
        for plain, key, (whole, own) in zip(units, ids, texts, strict=True):
            reading, begins = ahead[key], len(whole) - len(own)
            first = next((place for place, (_, end) in enumerate(reading.near.spans) if end > begins), 0)
            found.append(Described(plain, reading.alone, reading.near, first))
        return found


def plain_of(unit: Unit) -> Plain:
    """What is known of a unit without a model."""
    surroundings = _surroundings(unit)
    return Plain(
        unit,
        own=frozenset(content(unit.text)),
        around=frozenset(content(surroundings)) | frozenset(words(surroundings)),
        numerals=frozenset(numbers(f"{unit.text} {surroundings}")),
        words=_told(unit.text),
        words_near=_told(context(unit)),
        header=unit.lead.text if unit.kind == "row" and unit.lead and unit.lead.kind == "row" else "",
        title=f"{document_name(unit.page)}: {clean(unit.heading.text) if unit.heading else unit.page.title}",
        surroundings=surroundings,
    )


def document_name(page: Page) -> str:
    return PurePosixPath(page.document).stem.replace("_", " ").replace("-", " ")


def _told(text: str) -> frozenset[str]:
    return frozenset(word for word in words(text) if word not in STOP_WORDS)


def _surroundings(unit: Unit) -> str:
    near = [unit.heading, unit.heading.heading if unit.heading else None, unit.lead, unit.before]
    if unit.lead is not None:
        near += [unit.lead.before, unit.lead.lead]
    return " ".join([document_name(unit.page), unit.page.title, *(part.text for part in near if part is not None)])
