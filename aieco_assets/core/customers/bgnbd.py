"""BG/NBD in closed form: how likely a customer is still alive, and how many purchases to expect.

Fader, Hardie and Lee (2005), "Counting your customers" the easy way; P(alive): their note of 2008. Training's
holdout, batch scoring and the online call all use these functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    # For the few customers of a request, making a frame takes longer than all that is computed from it.
    Features: TypeAlias = pd.DataFrame | Mapping[str, NDArray[Any]]

Vector = NDArray[np.float64]
# Next to these values the formula divides zero by zero; this far from them ten digits are right.
_SINGULAR = 1e-6


def numbers(features: Features, name: str) -> Vector:
    """One of the customers' features."""
    return np.asarray(features[name], dtype=float)


def histories(features: Features) -> tuple[Vector, Vector, Vector]:
    """(frequency, recency, t) of customer features, as every function below takes them."""
    return numbers(features, "frequency"), numbers(features, "recency_days"), numbers(features, "t_days")


def in_units(unit_days: float, frequency: Vector, recency: Vector, t: Vector) -> tuple[Vector, Vector, Vector]:
    """Histories in days as a formula takes them."""
    x, t_x, age = (np.asarray(values, dtype=np.float64) for values in (frequency, recency, t))
    return x, t_x / unit_days, age / unit_days


@dataclass(frozen=True)
class BgNbd:
    """Parameters of the purchase process (Gamma: r, alpha) and of leaving (Beta: a, b), in units of `unit_days`.

    Histories come in days: `frequency` repeat purchase days, `recency` days from first to last purchase,
    `t` days from first purchase to now.
    """

    r: float
    alpha: float
    a: float
    b: float
    unit_days: float = 7.0

    def parameters(self) -> dict[str, float]:
        return asdict(self)

    def p_alive(self, frequency: Vector, recency: Vector, t: Vector) -> Vector:
        """Probability that each customer will ever buy again; 1 for those who bought once (the model's convention)."""
        x, t_x, age = in_units(self.unit_days, frequency, recency, t)
        dead_odds = self.a / (self.b + np.maximum(x, 1) - 1)
        log_odds = np.log(dead_odds) + (self.r + x) * np.log((self.alpha + age) / (self.alpha + t_x))
        return np.where(x == 0, 1.0, 1.0 / (1.0 + np.exp(np.minimum(log_odds, 700.0))))

    def expected_purchases(self, frequency: Vector, recency: Vector, t: Vector, horizon_days: float) -> Vector:
        """Expected purchase days of each customer in the next `horizon_days`.

        Euler's transformation of the published hypergeometric term: its powers do not overflow for frequent buyers.
        """
        from scipy.special import hyp2f1

        x, _, age = in_units(self.unit_days, frequency, recency, t)
        horizon = horizon_days / self.unit_days
        a = self.a if abs(self.a - 1) > _SINGULAR else 1 + _SINGULAR
        c = a + self.b + x - 1
        c = np.where(np.abs(c) > _SINGULAR, c, _SINGULAR)
        z = horizon / (self.alpha + age + horizon)
        lasting = (1 - z) ** (a - 1) * hyp2f1(a + self.b - 1 - self.r, a - 1, c, z)
        expected = c / (a - 1) * (1 - lasting) * self.p_alive(frequency, recency, t)
        return np.maximum(expected, 0.0)

    def log_likelihood(self, frequency: Vector, recency: Vector, t: Vector) -> float:
        """Sum over customers, with time in units of `unit_days` (as the literature states it)."""
        from scipy.special import betaln, gammaln

        x, t_x, age = in_units(self.unit_days, frequency, recency, t)
        purchases = gammaln(self.r + x) - gammaln(self.r) + self.r * np.log(self.alpha)
        alive = betaln(self.a, self.b + x) - betaln(self.a, self.b) - (self.r + x) * np.log(self.alpha + age)
        left = (
            betaln(self.a + 1, self.b + np.maximum(x, 1) - 1)
            - betaln(self.a, self.b)
            - (self.r + x) * np.log(self.alpha + t_x)
        )
        return float(np.sum(purchases + np.where(x > 0, np.logaddexp(alive, left), alive)))
