"""Populations written down by numpy whose parameters are known, with what they do after they were looked at."""

from __future__ import annotations

import numpy as np
import pandas as pd

HORIZON_DAYS = 91


def bgnbd_population(
    customers: int, seed: int, r: float, alpha: float, a: float, b: float
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Features at the end of 20 to 60 weeks (alpha in weeks), then purchases in the next 91 days and their value."""
    random = np.random.default_rng(seed)

    def life(age: float) -> list[float]:
        rate, leaving = random.gamma(r, 1 / alpha), random.beta(a, b)
        times, now = [], 0.0
        while (now := now + random.exponential(1 / rate)) < age + HORIZON_DAYS / 7:
            times.append(now)
            if random.random() < leaving:
                break
        return times

    return _observed([(age := random.uniform(20, 60), life(age)) for _ in range(customers)], random)


def pareto_population(
    customers: int, seed: int, r: float, alpha: float, s: float, beta: float
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """The same of customers who leave at any moment."""
    random = np.random.default_rng(seed)

    def life(age: float) -> list[float]:
        rate, end = random.gamma(r, 1 / alpha), random.exponential(1 / random.gamma(s, 1 / beta))
        times, now = [], 0.0
        while (now := now + random.exponential(1 / rate)) < min(age + HORIZON_DAYS / 7, end):
            times.append(now)
        return times

    return _observed([(age := random.uniform(20, 60), life(age)) for _ in range(customers)], random)


def _observed(lives, random: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Values of purchases are Gamma-Gamma with p 6, q 4, v 15."""
    rows, later, value = [], [], []
    for number, (age, times) in enumerate(lives):
        nu = random.gamma(4, 1 / 15)
        seen = [time for time in times if time < age]
        spent = random.gamma(6, 1 / nu, size=len(times))
        rows.append(
            (str(number), len(seen), seen[-1] * 7 if seen else 0.0, age * 7,
             spent[: len(seen)].mean() if seen else np.nan)
        )  # fmt: skip
        later.append(len(times) - len(seen))
        value.append(spent[len(seen) :].sum())
    names = ["customer_id", "frequency", "recency_days", "t_days", "monetary"]
    return pd.DataFrame(rows, columns=pd.Index(names)), np.array(later, dtype=float), np.array(value)
