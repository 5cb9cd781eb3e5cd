"""BG/NBD in plain scipy, an oracle of our own for the sample (Fader, Hardie, Lee 2005)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1


def fit(frequency: np.ndarray, recency: np.ndarray, age: np.ndarray) -> dict[str, float]:
    """Maximum likelihood r, alpha, a, b; times in days."""

    def negative_log_likelihood(logs: np.ndarray) -> float:
        r, alpha, a, b = np.exp(logs)
        alive = -(r + frequency) * np.log(alpha + age)
        repeats = np.maximum(frequency, 1)
        left = np.log(a) - np.log(b + repeats - 1) - (r + frequency) * np.log(alpha + recency)
        left = np.where(frequency > 0, left, -np.inf)
        common = gammaln(r + frequency) - gammaln(r) + r * np.log(alpha) + betaln(a, b + frequency) - betaln(a, b)
        return -float((common + np.logaddexp(alive, left)).sum())

    result = minimize(negative_log_likelihood, np.log([1.0, 50.0, 1.0, 3.0]), method="L-BFGS-B")
    return dict(zip(("r", "alpha", "a", "b"), np.exp(result.x).tolist(), strict=True))


def expected_purchases(age: np.ndarray, r: float, alpha: float, a: float, b: float) -> np.ndarray:
    """Expected repeat purchases of a new customer in `age` days (equation 9)."""
    z = age / (alpha + age)
    return (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + age)) ** r * hyp2f1(r, b, a + b - 1, z))


def expected_future_purchases(
    frequency: np.ndarray, recency: np.ndarray, age: np.ndarray, days: int, r: float, alpha: float, a: float, b: float
) -> np.ndarray:
    """Expected purchases in the next `days` days of a customer with this history (equation 10)."""
    z = days / (alpha + age + days)
    growth = ((alpha + age) / (alpha + age + days)) ** (r + frequency)
    growth = growth * hyp2f1(r + frequency, b + frequency, a + b + frequency - 1, z)
    left = np.where(
        frequency > 0,
        a / (b + np.maximum(frequency, 1) - 1) * ((alpha + age) / (alpha + recency)) ** (r + frequency),
        0.0,
    )
    return (a + b + frequency - 1) / (a - 1) * (1 - growth) / (1 + left)
