"""Gamma-Gamma: what a purchase of each customer is worth, shrunk towards everybody's where little is known.

Fader and Hardie, "The Gamma-Gamma model of monetary value" (2013). It takes spending and frequency as unrelated.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.bgnbd import Vector

if TYPE_CHECKING:
    import pandas as pd


def spending(features: pd.DataFrame) -> tuple[Vector, Vector]:
    """(repeat purchase days, mean value of one) of customer features; (0, 0) where no value is known."""
    value = features["monetary"].to_numpy(dtype=float)
    known = np.nan_to_num(value) > 0
    return np.where(known, features["frequency"].to_numpy(dtype=float), 0.0), np.where(known, value, 0.0)


@dataclass(frozen=True)
class GammaGamma:
    """Parameters: a purchase day is worth Gamma(p, rate nu), and nu differs by customer as Gamma(q, rate v).

    Money is in the unit of the source.
    """

    p: float
    q: float
    v: float

    def parameters(self) -> dict[str, float]:
        return asdict(self)

    def expected_spend(self, frequency: Vector, value: Vector) -> Vector:
        """Expected value of each customer's next purchase day, from `frequency` days that were worth `value` each."""
        return self.p * (self.v + frequency * value) / (self.p * frequency + self.q - 1)

    def log_likelihood(self, frequency: Vector, value: Vector) -> float:
        """Sum over customers with a known value (frequency and value above 0)."""
        return float(np.sum(value_and_gradient(self, frequency, value)[0]))


def value_and_gradient(model: GammaGamma, frequency: Vector, value: Vector) -> tuple[Vector, NDArray[np.float64]]:
    """Log-likelihood of each customer's mean value and its gradient by p, q, v: (n), (n, 3)."""
    from scipy.special import digamma, gammaln

    p, q, v = model.p, model.q, model.v
    shape, spent = p * frequency, v + frequency * value
    told = (
        gammaln(shape + q)
        - gammaln(shape)
        - gammaln(q)
        + q * np.log(v)
        + (shape - 1) * np.log(value)
        + shape * np.log(frequency)
        - (shape + q) * np.log(spent)
    )
    gradient = np.stack(
        [
            frequency * (digamma(shape + q) - digamma(shape) + np.log(value * frequency / spent)),
            digamma(shape + q) - digamma(q) + np.log(v / spent),
            q / v - (shape + q) / spent,
        ],
        axis=1,
    )
    return told, gradient
