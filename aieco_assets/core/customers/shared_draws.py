"""The chance that all customers share: it follows from the model alone, so a server draws it once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.posterior import Key, Matrix, Posterior

_MODELS = 8  # remembered, of some 600 kB each: training compares a few
_FEW = 64  # moments a draw; for more, searching draw by draw costs less than it takes to call it


@dataclass(frozen=True)
class PurchaseChance:
    """`parameters` by name, one value a draw; `arrivals` (draws, days): moments of purchases at rate 1; `lives`: at
    rate 1 too, None for a model without."""

    parameters: dict[str, Matrix]
    arrivals: Matrix
    lives: Matrix | None


@dataclass(frozen=True)
class PriceChance:
    """`totals` (draws, purchases + 1): what the first 0, 1, 2 … purchases cost at scale 1."""

    parameters: dict[str, Matrix]
    totals: Matrix


@lru_cache(maxsize=_MODELS)
def purchase_chance(posterior: Key, draws: int, most: int, seed: int) -> PurchaseChance:
    random = np.random.default_rng(seed)
    parameters = Posterior.of(posterior).draw(draws, random)
    arrivals = np.cumsum(random.standard_exponential((draws, most)), axis=1)
    lives = random.standard_exponential(draws) / random.standard_gamma(parameters["s"]) if "s" in parameters else None
    return PurchaseChance(parameters, arrivals, lives)


@lru_cache(maxsize=_MODELS)
def price_chance(posterior: Key, draws: int, most: int, seed: tuple[int, int]) -> PriceChance:
    random = np.random.default_rng(seed)
    parameters = Posterior.of(posterior).draw(draws, random)
    prices = np.cumsum(random.standard_gamma(np.broadcast_to(parameters["p"][:, None], (draws, most))), axis=1)
    return PriceChance(parameters, np.concatenate([np.zeros((draws, 1)), prices], axis=1))


def arrived(arrivals: Matrix, until: Matrix) -> NDArray[np.int64]:
    """How many arrivals of each draw lie before each customer's moment, at each horizon: (horizons, draws, customers),
    as `until` is."""
    draws, days = arrivals.shape
    if until.shape[0] * until.shape[2] > _FEW:
        count = np.empty(until.shape, dtype=np.int64)
        for draw, moments in enumerate(arrivals):
            count[:, draw] = np.searchsorted(moments, until[:, draw])
        return count
    count, last = np.zeros(until.shape, dtype=np.int64), days - 1
    rows = np.arange(draws)[:, None] * days
    step = 1 << days.bit_length()
    while step := step >> 1:  # bisection of all draws at once
        further = count + step
        before = arrivals.ravel().take(rows + np.minimum(further - 1, last)) < until
        count = np.where(before & (further <= days), further, count)
    return count
