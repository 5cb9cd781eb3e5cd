"""How far the future may lie from what is expected: posterior predictive simulation.

Each of DRAWS futures takes its own parameters from Laplace's approximation of their posterior, gives each customer who
is still there a rate and a moment of leaving from what the history says of them, lets the purchases fall, and prices
them. Quantiles of those futures, mixed with P(alive) at the most probable parameters, are the intervals: a customer's
actual purchases lie inside with at least LEVEL (counts are whole), which training measures on its holdout.

The chance is drawn per number of repeat purchases from fixed seeds and shared by all customers who have as many: a
customer's interval does not depend on who else is scored, and scoring stays an array lookup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.bgnbd import BgNbd, Vector, histories
from aieco_assets.core.customers.gammagamma import spending
from aieco_assets.core.customers.model import ClvModel
from aieco_assets.core.customers.paretonbd import ParetoNbd
from aieco_assets.core.customers.posterior import Matrix, Posterior
from aieco_assets.core.customers.shared_draws import arrived, price_chance, purchase_chance

if TYPE_CHECKING:
    from aieco_assets.core.customers.bgnbd import Features

LEVEL = 0.9
DRAWS = 200
_SEED = 1711
# How much is held in memory at a time: futures of this many customers, and of these the values of so many.
CUSTOMERS_AT_ONCE, _VALUES_AT_ONCE = 20_000, 1_000
_FUTURES_AT_ONCE = 12_800  # looked up in one go: all of a few customers, or one draw of many


@dataclass(frozen=True)
class Interval:
    """Bounds per customer in the order of the features; NaN for the value where the model knows no spending."""

    purchases: tuple[Vector, Vector]
    value: tuple[Vector, Vector]


def intervals(model: ClvModel, features: Features, horizons: Sequence[int]) -> dict[int, Interval]:
    """By horizon in days: what each customer's purchase days, and their value, lie between with LEVEL."""
    known = (*histories(features), *spending(features))
    bounds = np.full((len(horizons), 2, 2, len(known[0])), np.nan)
    for start in range(0, len(known[0]), CUSTOMERS_AT_ONCE):
        part = slice(start, start + CUSTOMERS_AT_ONCE)
        _fill(bounds[..., part], model, *(one[part] for one in known), horizons=horizons)
    return {days: Interval((b[0, 0], b[0, 1]), (b[1, 0], b[1, 1])) for days, b in zip(horizons, bounds, strict=True)}


def _fill(
    bounds: Matrix,
    model: ClvModel,
    frequency: Vector,
    recency: Vector,
    age: Vector,
    priced: Vector,
    value: Vector,
    horizons: Sequence[int],
) -> None:
    # Futures differ by these three alone, and many customers have the same.
    kinds, kind = np.unique(np.stack([frequency, age, priced], axis=1), axis=0, return_inverse=True)
    kind = kind.ravel()
    tails = _tails(model.p_alive(frequency, recency, age))
    counts = _purchases(model, kinds[:, 0], kinds[:, 1], horizons)
    for index in range(len(horizons)):
        bounds[index, 0] = _bounds(np.sort(np.ascontiguousarray(counts[index].T), axis=1), kind, tails)
    if model.spend_posterior is None:
        return
    v, worth = _worth(model.spend_posterior, kinds[:, 2], counts, max(horizons))
    for start in range(0, len(frequency), _VALUES_AT_ONCE):
        part = slice(start, start + _VALUES_AT_ONCE)
        known = (v + (priced[part] * value[part])[:, None]).astype(np.float32)
        rows, of_part = np.arange(len(known)), [(lives[part], place[part]) for lives, place in tails]
        for index in range(len(horizons)):
            values = np.sort(worth[index].take(kind[part], axis=0) * known, axis=1)
            bounds[index, 1][:, part] = _bounds(values, rows, of_part)


def _tails(alive: Vector) -> list[tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """For the lower and the upper bound: whether it lies among the futures of those who are alive, and at which of
    them. A share of 1 - alive of all futures is nothing at all."""
    tail = (1 - LEVEL) / 2
    inside = (np.array([[tail], [1 - tail]]) - (1 - alive)) / np.maximum(alive, 1e-12)
    place = np.clip(np.ceil(inside * DRAWS).astype(int) - 1, 0, DRAWS - 1)
    return list(zip(inside > 0, place, strict=True))


def _bounds(
    ordered: NDArray, row: NDArray, tails: Sequence[tuple[NDArray[np.bool_], NDArray[np.int64]]]
) -> list[Vector]:
    """Lower and upper bounds. A customer's futures are the `row` of `ordered` (rows, DRAWS), the smallest first."""
    return [np.where(lives, ordered[row, place], 0).astype(float) for lives, place in tails]


def _purchases(model: ClvModel, frequency: Vector, age: Vector, horizons: Sequence[int]) -> NDArray[np.int16]:
    """Purchase days of customers who are still there: (horizons, DRAWS, customers). No more than there are days."""
    chance = purchase_chance(model.posterior.key, DRAWS, max(horizons), _SEED)
    unit, alpha = model.purchases.unit_days, chance.parameters["alpha"][:, None]
    kinds, kind = np.unique(frequency, return_inverse=True)
    rates, departures = _rates_and_departures(model.purchases, chance.parameters, kinds)
    counts = np.empty((len(horizons), DRAWS, len(frequency)), dtype=np.int16)
    days = np.array(horizons)[:, None, None]
    at_once = max(1, _FUTURES_AT_ONCE // max(1, len(frequency)))
    for start in range(0, DRAWS, at_once):
        draws = slice(start, start + at_once)
        rate = rates[draws][:, kind] / (alpha[draws] + age / unit)
        time = days / unit
        if chance.lives is not None:
            time = np.minimum(time, chance.lives[draws, None] * (chance.parameters["beta"][draws, None] + age / unit))
        count = np.minimum(arrived(chance.arrivals[draws], rate * time), days)
        counts[:, draws] = count if departures is None else np.minimum(count, departures[draws][:, kind])
    return counts


def _rates_and_departures(
    purchases: BgNbd | ParetoNbd, parameters: dict[str, Matrix], kinds: Vector
) -> tuple[Matrix, NDArray | None]:
    """Per draw and number of repeat purchases: the rate in units of 1 / (alpha + age), and for BG/NBD the purchase
    after which the customer leaves."""
    rates = np.empty((DRAWS, len(kinds)))
    departures = np.empty((DRAWS, len(kinds))) if isinstance(purchases, BgNbd) else None
    for column, (frequency, random) in enumerate(_chances(kinds, 1)):
        rates[:, column] = random.standard_gamma(parameters["r"] + frequency)
        if departures is not None:
            leaving = random.beta(parameters["a"], parameters["b"] + frequency)
            with np.errstate(divide="ignore", over="ignore"):
                last = 1 + np.floor(random.standard_exponential(DRAWS) / -np.log1p(-leaving))
            departures[:, column] = np.minimum(last, np.iinfo(np.int16).max)
    return rates, departures


def _worth(
    spend: Posterior, priced: Vector, counts: NDArray[np.int16], most: int
) -> tuple[Vector, NDArray[np.float32]]:
    """What the purchases of each future are worth, as (v, factor): v (DRAWS) plus what a customer has spent on `priced`
    days, times the factor (horizons, customers, DRAWS)."""
    chance = price_chance(spend.key, DRAWS, most, (_SEED, 2))
    p, q, v = (chance.parameters[name] for name in ("p", "q", "v"))
    kinds, kind = np.unique(priced, return_inverse=True)
    scale = np.stack([random.standard_gamma(q + p * x) for x, random in _chances(kinds, 3)])
    factors = np.empty((len(counts), len(priced), DRAWS), dtype=np.float32)
    for factor, futures in zip(factors, counts, strict=True):
        np.divide(chance.totals[np.arange(DRAWS), futures.T], scale[kind], out=factor, casting="same_kind")
    return v, factors


def _chances(kinds: Vector, purpose: int) -> Iterator[tuple[float, np.random.Generator]]:
    for frequency in kinds:
        yield float(frequency), np.random.default_rng([_SEED, purpose, int(frequency)])
