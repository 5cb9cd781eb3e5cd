"""Turns hits into quotable units of their pages, with what runs over from the page before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aieco_assets.core.contracts import Hit, KnowledgeVersion, Page
from aieco_assets.core.rag.sentences import Unit, split_page

if TYPE_CHECKING:
    import numpy as np

_KEPT_PAGES = 512


@dataclass(frozen=True)
class Placed:
    """A unit, and the rank (from 0) of the first hit that it touches."""

    unit: Unit
    rank: int


class Index(Protocol):
    """What is asked of a knowledge base (`core.embeddings.store.KnowledgeIndex`)."""

    version: int

    def search(self, question: str, question_vector: np.ndarray, k: int) -> list[Hit]: ...

    def page(self, sha256: str, page: int) -> Page: ...

    def pages(self, document: str) -> list[Page]: ...

    def knowledge_version(self) -> KnowledgeVersion: ...


class Passages:
    """Pages of one index, split once each and kept while they are among the last few hundred asked for."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._units: dict[tuple[str, int], list[Unit]] = {}

    def units(self, hits: Sequence[Hit]) -> list[Placed]:
        """The units that touch a hit's chunk, by rank of the hit, each once."""
        found: dict[tuple[str, int, int, int], Placed] = {}
        for rank, hit in enumerate(hits):
            chunk = hit.chunk
            for unit in self._page(chunk.sha256, chunk.page):
                if unit.start < chunk.end and unit.end > chunk.start:
                    found.setdefault(unit.place, Placed(unit, rank))
        return list(found.values())

    def _page(self, sha256: str, number: int) -> list[Unit]:
        key = (sha256, number)
        if key not in self._units:
            before = self._before(sha256, number)
            if len(self._units) >= _KEPT_PAGES:
                self._units.pop(next(iter(self._units)))
            self._units[key] = split_page(self._index.page(sha256, number), before)
        return self._units[key]

    def _before(self, sha256: str, number: int) -> list[Unit] | None:
        """The page before, whose last heading or list may go on; None for the first and after an empty page."""
        try:
            return split_page(self._index.page(sha256, number - 1)) if number > 1 else None
        except KeyError:
            return None
