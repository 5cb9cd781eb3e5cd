"""Candidates for what a customer's purchases of the coming days are worth; the holdout chooses.

Gamma-Gamma is the model of the literature. Where a few wholesalers carry the shop, what they bought lately at their own
prices foresees better than any distribution they could share with everybody else; the naive baseline is therefore a
candidate itself, and no champion is worse than it unsaid.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from aieco_assets.core.customers.bgnbd import Vector, numbers
from aieco_assets.core.customers.gammagamma import GammaGamma, spending

if TYPE_CHECKING:
    from aieco_assets.core.customers.bgnbd import Features

QUARTER_DAYS = 91.0
GAMMA_GAMMA = "Gamma-Gamma"
# (features, expected purchase days, days, spending model) -> money of the source
Valuing = Callable[["Features", Vector, float, GammaGamma], Vector]


def own_price(features: Features) -> Vector:
    """Mean value of all purchase days of each customer."""
    return numbers(features, "revenue") / (numbers(features, "frequency") + 1)


def recent_rate(features: Features, days: float) -> Vector:
    """Purchase days in so many days if each customer went on as in the last three months."""
    return numbers(features, "recent_frequency") / QUARTER_DAYS * days


VALUINGS: Mapping[str, Valuing] = {
    GAMMA_GAMMA: lambda features, bought, _days, spend: bought * spend.expected_spend(*spending(features)),
    "own price": lambda features, bought, _days, _spend: bought * own_price(features),
    "own price, half at the recent rate": lambda features, bought, days, _spend: (
        (bought + recent_rate(features, days)) / 2 * own_price(features)
    ),
    "own price at the recent rate": lambda features, _bought, days, _spend: (
        recent_rate(features, days) * own_price(features)
    ),
}


def expected_values(valuing: str, features: Features, bought: Vector, days: float, spend: GammaGamma | None) -> Vector:
    """Value of the `bought` purchase days of the next `days`; NaN with a model that knows no spending."""
    return np.full(len(bought), np.nan) if spend is None else VALUINGS[valuing](features, bought, days, spend)


def holding(bounds: tuple[Vector, Vector], expected: Vector) -> tuple[Vector, Vector]:
    """Bounds (of Gamma-Gamma's futures) that also hold what another candidate expects."""
    return np.minimum(bounds[0], expected), np.maximum(bounds[1], expected)
