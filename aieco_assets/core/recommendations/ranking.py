"""The next-best items of each customer: what goes with the items bought before, then what is popular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ITEMS = 5
_CELLS = 8_000_000  # customers by items that are held at a time: 64 MB


@dataclass(frozen=True)
class Ranked:
    """Customers by ranks: the item in each place (-1: there is none left) and its score, 0 for what is only popular."""

    items: NDArray[np.int64]
    scores: NDArray[np.float64]


def rank(had: csr_array, pairs: csr_array, popularity: NDArray[np.float64], places: int = ITEMS) -> Ranked:
    """Items that a customer does not have, by what her own speak for, then by popularity, then by code.

    `had`: customers by items; `pairs`: items by items, all zero for a ranking by popularity alone.
    """
    customers, catalogue = len(had.indptr) - 1, len(popularity)
    places = min(places, catalogue)
    # Only breaks ties: the smallest weight of a pair is far larger.
    popular = popularity / (popularity.sum() + 1.0) * 1e-9
    items, scores = [], []
    at_once = max(1, _CELLS // max(1, catalogue))
    for start in range(0, customers, at_once):
        block = had[start : start + at_once]
        weights = (block @ pairs).toarray()
        total = weights + popular
        total[block.nonzero()] = -1.0
        best = _highest(total, places)
        left = np.take_along_axis(total, best, axis=1) >= 0
        items.append(np.where(left, best, -1))
        scores.append(np.where(left, np.take_along_axis(weights, best, axis=1), 0.0))
    if not items:
        return Ranked(np.empty((0, places), dtype=np.int64), np.empty((0, places)))
    return Ranked(np.concatenate(items), np.concatenate(scores))


def _highest(total: NDArray[np.float64], places: int) -> NDArray[np.int64]:
    """Columns of the highest values of each row, the highest first, equals by column: as a stable sort of whole rows
    would give them, for a tenth of its time where there are thousands of items."""
    if not places:
        return np.empty((len(total), 0), dtype=np.int64)
    last = np.partition(total, -places, axis=1)[:, -places]
    best = np.empty((len(total), places), dtype=np.int64)
    for row, (values, least) in enumerate(zip(total, last, strict=True)):
        found = np.flatnonzero(values >= least)
        best[row] = found[np.argsort(-values[found], kind="stable")][:places]
    return best


def because_of(had: csr_array, pairs: csr_array, ranked: Ranked) -> NDArray[np.int64]:
    """For each place the item of the customer's own that speaks most for it; -1 where none does."""
    found = np.full(ranked.items.shape, -1, dtype=np.int64)
    for place in range(ranked.items.shape[1]):
        speaking = had.multiply(pairs[np.maximum(ranked.items[:, place], 0)]).tocsr()
        found[:, place] = np.where(ranked.scores[:, place] > 0, np.asarray(speaking.argmax(axis=1)).ravel(), -1)
    return found
