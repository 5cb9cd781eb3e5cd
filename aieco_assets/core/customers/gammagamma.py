"""Gamma-Gamma: what a purchase of each customer is worth, shrunk towards everybody's where little is known.

Fader and Hardie, "The Gamma-Gamma model of monetary value" (2013). It takes spending and frequency as unrelated.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from aieco_assets.core.customers.bgnbd import Vector, numbers

if TYPE_CHECKING:
    from aieco_assets.core.customers.bgnbd import Features


def spending(features: Features) -> tuple[Vector, Vector]:
    """(repeat purchase days, mean value of one) of customer features; (0, 0) where no value is known."""
    value = numbers(features, "monetary")
    known = value > 0  # not so for NaN
    return np.where(known, numbers(features, "frequency"), 0.0), np.where(known, value, 0.0)


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
        from scipy.special import gammaln

        shape = self.p * frequency
        return float(
            np.sum(
                gammaln(shape + self.q)
                - gammaln(shape)
                - gammaln(self.q)
                + self.q * np.log(self.v)
                + (shape - 1) * np.log(value)
                + shape * np.log(frequency)
                - (shape + self.q) * np.log(self.v + frequency * value)
            )
        )
