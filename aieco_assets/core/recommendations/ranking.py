"""The next-best items of each customer: what goes with the items bought before, then what is popular."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ITEMS = 5
_BLOCK = 512


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
    for start in range(0, customers, _BLOCK):
        block = had[start : start + _BLOCK]
        weights = (block @ pairs).toarray()
        total = weights + popular
        total[block.toarray() > 0] = -1.0
        best = np.argsort(-total, axis=1, kind="stable")[:, :places]
        left = np.take_along_axis(total, best, axis=1) >= 0
        items.append(np.where(left, best, -1))
        scores.append(np.where(left, np.take_along_axis(weights, best, axis=1), 0.0))
    if not items:
        return Ranked(np.empty((0, places), dtype=np.int64), np.empty((0, places)))
    return Ranked(np.concatenate(items), np.concatenate(scores))


def because_of(had: csr_array, pairs: csr_array, ranked: Ranked) -> NDArray[np.int64]:
    """For each place the item of the customer's own that speaks most for it; -1 where none does."""
    found = np.full(ranked.items.shape, -1, dtype=np.int64)
    for place in range(ranked.items.shape[1]):
        speaking = had.multiply(pairs[np.maximum(ranked.items[:, place], 0)]).tocsr()
        found[:, place] = np.where(ranked.scores[:, place] > 0, np.asarray(speaking.argmax(axis=1)).ravel(), -1)
    return found
