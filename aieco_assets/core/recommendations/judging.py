"""Whether the ranking would have named what customers then took up, against naming what is most popular."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.recommendations.purchases import Purchases
from aieco_assets.core.recommendations.ranking import ITEMS, Ranked, rank

RESAMPLES = 400

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class HitRates:
    """Share of customers of whom at least one named item was taken up in the month after `as_of`.

    `customers`: who had bought by then and took up something new in the month. Zero customers: nothing to judge by.
    `chance_of_better`: how often pairs hit more than popularity when these customers are drawn anew.
    """

    as_of: date
    customers: int
    pairs: float
    popular: float
    chance_of_better: float = 0.0

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
    if not judged.any():
        return HitRates(before, 0, 0.0, 0.0)
    ours, theirs = (
        _hits(rank(had, weights, popularity, ITEMS), taken) for weights in (pairs, type(pairs)(pairs.shape))
    )
    return HitRates(before, int(judged.sum()), float(ours.mean()), float(theirs.mean()), _chance(ours - theirs))


def _hits(ranked: Ranked, taken: csr_array) -> NDArray[np.float64]:
    # Row by row: customers by items would not fit in memory for a large shop.
    return np.array(
        [
            float(np.isin(items, taken.indices[taken.indptr[row] : taken.indptr[row + 1]]).any())
            for row, items in enumerate(ranked.items)
        ]
    )


def _chance(gain: NDArray[np.float64]) -> float:
    random = np.random.default_rng(20)
    return float(np.mean([gain[random.integers(len(gain), size=len(gain))].mean() > 0 for _ in range(RESAMPLES)]))
