"""Whether the ranking would have named what customers then took up, against naming what is most popular."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from aieco_assets.core.recommendations.purchases import Purchases
from aieco_assets.core.recommendations.ranking import ITEMS, Ranked, rank

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class HitRates:
    """Share of customers of whom at least one named item was taken up in the month after `as_of`.

    `customers`: who had bought by then and took up something new in the month. Zero customers: nothing to judge by.
    """

    as_of: date
    customers: int
    pairs: float
    popular: float

    @property
    def pairs_serve(self) -> bool:
        """Whether what goes together is worth more than popularity; it gets the benefit of the doubt."""
        return self.pairs >= self.popular


def month_before(as_of: date) -> date:
    """The month end before the month that `as_of` ends."""
    return as_of.replace(day=1) - timedelta(days=1)


def hit_rates(purchases: Purchases, pairs: csr_array, before: date) -> HitRates:
    """Rankings made from what was known at the end of `before` against first purchases after it, up to the last.

    `pairs` must not know anything later than `before`.
    """
    had, taken = purchases.had_by(before), purchases.taken_up_after(before)
    judged = (had.sum(axis=1) > 0) & (taken.sum(axis=1) > 0)
    had, taken = had[judged], taken[judged]
    popularity = purchases.popularity(before)
    found = [_share(rank(had, weights, popularity, ITEMS), taken) for weights in (pairs, type(pairs)(pairs.shape))]
    return HitRates(before, int(judged.sum()), *found)


def _share(ranked: Ranked, taken: csr_array) -> float:
    if not len(ranked.items):
        return 0.0
    # Row by row: customers by items would not fit in memory for a large shop.
    hits = [
        np.isin(items, taken.indices[taken.indptr[row] : taken.indptr[row + 1]]).any()
        for row, items in enumerate(ranked.items)
    ]
    return float(np.mean(hits))
