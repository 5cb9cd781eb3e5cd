"""Turns hits into quotable units of their pages, with what runs over from the page before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from aieco_assets.core.contracts import Hit
from aieco_assets.core.rag.interfaces import Index
from aieco_assets.core.text.sentences import Unit, split_page

CANDIDATES = 40  # chunks that are looked at, so that pages of many chunks leave room for others
_KEPT_PAGES = 512
_NAMED = 0.2  # of the best score possible, for a document whose time or version the question names


@dataclass(frozen=True)
class Placed:
    """A unit, and the rank (from 0) of the first hit that it touches."""

    unit: Unit
    rank: int


def best_of_pages(hits: Sequence[Hit]) -> list[Hit]:
    """The first hit of each page, in order: pages compete as pages."""
    first: dict[tuple[str, int], Hit] = {}
    for hit in hits:
        first.setdefault((hit.chunk.sha256, hit.chunk.page), hit)
    return list(first.values())


def preferred(hits: Sequence[Hit], named: Collection[str]) -> list[Hit]:
    """The hits in the order of their scores, those in named documents with more."""
    if not named:
        return list(hits)
    weighed = [replace(hit, score=hit.score + _NAMED) if hit.chunk.document in named else hit for hit in hits]
    return sorted(weighed, key=lambda hit: -hit.score)


class Passages:
    """Pages of one index, split once each and kept while they are among the last few hundred asked for."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._units: dict[tuple[str, int], list[Unit]] = {}

    def units(self, hits: Sequence[Hit]) -> list[Placed]:
        """The units that touch a hit's chunk, by rank of the hit, each once."""
        split = self._split({(hit.chunk.sha256, hit.chunk.page) for hit in hits})
        found: dict[tuple[str, int, int, int], Placed] = {}
        for rank, hit in enumerate(hits):
            chunk = hit.chunk
            for unit in split[chunk.sha256, chunk.page]:
                if unit.start < chunk.end and unit.end > chunk.start:
                    found.setdefault(unit.place, Placed(unit, rank))
        return list(found.values())

    def _split(self, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int], list[Unit]]:
        """The units of these pages. A heading or a list of the page before may go on: both are read, in one query."""
        found = {key: self._units[key] for key in wanted if key in self._units}
        missing = [key for key in wanted if key not in found]
        if missing:
            before = [(sha256, number - 1) for sha256, number in missing if number > 1]
            pages = {(p.sha256, p.page): p for p in self._index.some_pages({*missing, *before})}
            for sha256, number in missing:
                previous = pages.get((sha256, number - 1))
                found[sha256, number] = split_page(pages[sha256, number], split_page(previous) if previous else None)
            self._units |= {key: found[key] for key in missing}
            while len(self._units) > _KEPT_PAGES:
                self._units.pop(next(iter(self._units)), None)
        return found
