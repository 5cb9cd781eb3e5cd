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
from aieco_assets.core.customers.chance import arrived, price_chance, purchase_chance
from aieco_assets.core.customers.gammagamma import spending
from aieco_assets.core.customers.model import ClvModel
from aieco_assets.core.customers.paretonbd import ParetoNbd
from aieco_assets.core.customers.posterior import Matrix

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.9
DRAWS = 200
_SEED = 1711
_CUSTOMERS_AT_ONCE = 4_000


@dataclass(frozen=True)
class Interval:
    """Bounds per customer in the order of the features; NaN for the value where the model knows no spending."""

    purchases: tuple[Vector, Vector]
    value: tuple[Vector, Vector]


def intervals(model: ClvModel, features: pd.DataFrame, horizons: Sequence[int]) -> dict[int, Interval]:
    """By horizon in days: what each customer's purchase days, and their value, lie between with LEVEL."""
    bounds = np.full((len(horizons), 2, 2, len(features)), np.nan)
    for start in range(0, len(features), _CUSTOMERS_AT_ONCE):
        part = slice(start, start + _CUSTOMERS_AT_ONCE)
        _fill(bounds[..., part], model, features.iloc[part], horizons)
    return {days: Interval((b[0, 0], b[0, 1]), (b[1, 0], b[1, 1])) for days, b in zip(horizons, bounds, strict=True)}


def _fill(bounds: Matrix, model: ClvModel, features: pd.DataFrame, horizons: Sequence[int]) -> None:
    alive = model.p_alive(*histories(features))
    counts = _purchases(model, features, horizons)
    for index in range(len(horizons)):
        bounds[index, 0] = _bounds(counts[index].T, alive)
    if model.spend is not None:
        for index, values in enumerate(_values(model, features, counts, max(horizons))):
            bounds[index, 1] = _bounds(values.T, alive)


def _bounds(futures: NDArray, alive: Vector) -> tuple[Vector, Vector]:
    """Quantiles (customers, DRAWS) of futures of which a share of 1 - alive is nothing at all."""
    ordered = np.sort(np.ascontiguousarray(futures), axis=1)
    tail = (1 - LEVEL) / 2

    def quantile(at: float) -> Vector:
        inside = (at - (1 - alive)) / np.maximum(alive, 1e-12)
        place = np.clip(np.ceil(inside * DRAWS).astype(int) - 1, 0, DRAWS - 1)
        found = np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]
        return np.where(inside > 0, found, 0).astype(float)

    return quantile(tail), quantile(1 - tail)


def _purchases(model: ClvModel, features: pd.DataFrame, horizons: Sequence[int]) -> NDArray[np.int16]:
    """Purchase days of customers who are still there: (horizons, DRAWS, customers). No more than there are days."""
    chance = purchase_chance(model.posterior.key, DRAWS, max(horizons), _SEED)
    unit = model.purchases.unit_days
    frequency, _, age = histories(features)
    kinds, kind = np.unique(frequency, return_inverse=True)
    rates, departures = _rates_and_departures(model.purchases, chance.parameters, kinds)
    rate = rates[:, kind] / (chance.parameters["alpha"][:, None] + age / unit)
    left = None if chance.lives is None else chance.lives[:, None] * (chance.parameters["beta"][:, None] + age / unit)
    counts = np.empty((len(horizons), DRAWS, len(features)), dtype=np.int16)
    for index, days in enumerate(horizons):
        time = days / unit if left is None else np.minimum(days / unit, left)
        count = np.minimum(arrived(chance.arrivals, rate * time), days)
        counts[index] = count if departures is None else np.minimum(count, departures[:, kind])
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


def _values(model: ClvModel, features: pd.DataFrame, counts: NDArray[np.int16], most: int) -> Iterator[NDArray]:
    """What the purchases of each future are worth: one array (DRAWS, customers) per horizon."""
    assert model.spend_posterior is not None
    chance = price_chance(model.spend_posterior.key, DRAWS, most, (_SEED, 2))
    p, q, v = (chance.parameters[name][:, None] for name in ("p", "q", "v"))
    frequency, value = spending(features)
    kinds, kind = np.unique(frequency, return_inverse=True)
    scale = np.stack([random.standard_gamma((q + p * x)[:, 0]) for x, random in _chances(kinds, 3)], axis=1)
    price = (v + frequency * value) / scale[:, kind]
    for horizon in counts:
        values = np.empty(horizon.shape, dtype=np.float32)
        yield np.multiply(chance.of(horizon), price, out=values, casting="same_kind")


def _chances(kinds: Vector, purpose: int) -> Iterator[tuple[float, np.random.Generator]]:
    for frequency in kinds:
        yield float(frequency), np.random.default_rng([_SEED, purpose, int(frequency)])
