"""BG/NBD in closed form: how likely a customer is still alive, and how many purchases to expect.

Fader, Hardie and Lee (2005), "Counting your customers" the easy way; P(alive): their note of 2008. Training's
holdout, batch scoring and the online call all use these functions.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Vector = NDArray[np.float64]
# Next to these values the formula divides zero by zero; this far from them ten digits are right.
_SINGULAR = 1e-6


def histories(features: pd.DataFrame) -> tuple[Vector, Vector, Vector]:
    """(frequency, recency, t) of customer features, as every function below takes them."""
    frequency, recency, t = (features[name].to_numpy(dtype=float) for name in ("frequency", "recency_days", "t_days"))
    return frequency, recency, t


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
        x, t_x, age = self._history(frequency, recency, t)
        dead_odds = self.a / (self.b + np.maximum(x, 1) - 1)
        log_odds = np.log(dead_odds) + (self.r + x) * np.log((self.alpha + age) / (self.alpha + t_x))
        return np.where(x == 0, 1.0, 1.0 / (1.0 + np.exp(np.minimum(log_odds, 700.0))))

    def expected_purchases(self, frequency: Vector, recency: Vector, t: Vector, horizon_days: float) -> Vector:
        """Expected purchase days of each customer in the next `horizon_days`.

        Euler's transformation of the published hypergeometric term: its powers do not overflow for frequent buyers.
        """
        from scipy.special import hyp2f1

        x, _, age = self._history(frequency, recency, t)
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
        return float(np.sum(value_and_gradient(self, *self._history(frequency, recency, t))[0]))

    def _history(self, frequency: Vector, recency: Vector, t: Vector) -> tuple[Vector, Vector, Vector]:
        x = np.asarray(frequency, dtype=np.float64)
        return (
            x,
            np.asarray(recency, dtype=np.float64) / self.unit_days,
            np.asarray(t, dtype=np.float64) / self.unit_days,
        )


def value_and_gradient(model: BgNbd, x: Vector, t_x: Vector, age: Vector) -> tuple[Vector, NDArray[np.float64]]:
    """Log-likelihood of each history (in units of the model) and its gradient by r, alpha, a, b: (n), (n, 4)."""
    from scipy.special import betaln, digamma, gammaln

    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    bought = np.maximum(x, 1)
    # Still there, or left after the last purchase, which takes a purchase that is repeated.
    alive = betaln(a, b + x) - (r + x) * np.log(alpha + age)
    left = np.where(x > 0, betaln(a + 1, b + bought - 1) - (r + x) * np.log(alpha + t_x), -np.inf)
    total = np.logaddexp(alive, left)
    stays, leaves = np.exp(alive - total), np.exp(left - total)
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b) + total
    both = digamma(a + b) - digamma(a + b + x)
    gradient = np.stack(
        [
            digamma(r + x) - digamma(r) + np.log(alpha) - stays * np.log(alpha + age) - leaves * np.log(alpha + t_x),
            r / alpha - (r + x) * (stays / (alpha + age) + leaves / (alpha + t_x)),
            both + leaves / a,
            both + digamma(b + x) - digamma(b) - leaves / (b + bought - 1),
        ],
        axis=1,
    )
    return value, gradient
