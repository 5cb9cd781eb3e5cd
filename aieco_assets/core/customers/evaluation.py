"""What predictions were worth on a holdout: errors with their uncertainty, by decile, and by country group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.bgnbd import Vector

RESAMPLES = 400
LEVEL = 0.9
DECILES = 10
# Countries with fewer customers are judged together: an error of a handful says nothing.
SMALLEST_GROUP = 50
OTHERS = "other countries"


def errors(expected: Vector, actual: Vector) -> dict[str, float]:
    """RMSE, MAE and bias, in the unit of what was predicted."""
    difference = expected - actual
    return {
        "rmse": float(np.sqrt(np.mean(difference**2))),
        "mae": float(np.mean(np.abs(difference))),
        "bias": float(np.mean(difference)),
    }


def uncertain_errors(expected: Vector, actual: Vector) -> dict[str, float]:
    """`errors`, each with `_low` and `_high`: the bounds that LEVEL of RESAMPLES samples of these customers keep."""
    difference = expected - actual
    means = _resampled(np.stack([difference**2, np.abs(difference), difference], axis=1))
    means[:, 0] = np.sqrt(means[:, 0])
    found = errors(expected, actual)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    for column, name in enumerate(("rmse", "mae", "bias")):
        found |= {f"{name}_low": float(low[column]), f"{name}_high": float(high[column])}
    return found


def chance_of_better(expected: Vector, other: Vector, actual: Vector) -> float:
    """Share of resampled customers (the same for both) on which `expected` has the lower squared error."""
    gain = (other - actual) ** 2 - (expected - actual) ** 2
    return float(np.mean(_resampled(gain[:, None])[:, 0] > 0))


def coverage(bounds: tuple[Vector, Vector], actual: Vector) -> float:
    """Share of customers whose actual lies inside the interval."""
    return float(np.mean((bounds[0] <= actual) & (actual <= bounds[1])))


def by_decile(expected: Vector, actual: Vector) -> list[dict[str, float]]:
    """Mean expected and actual of customers in ten groups of equal size, from the lowest expectation to the highest."""
    parts = np.array_split(np.argsort(expected, kind="stable"), DECILES)
    return [
        {
            "decile": number,
            "customers": len(part),
            "expected": float(expected[part].mean()),
            "actual": float(actual[part].mean()),
        }
        for number, part in enumerate(parts, 1)
        if len(part)
    ]


def country_groups(countries: Any) -> NDArray[np.str_]:
    """The group of each customer: the country where it has SMALLEST_GROUP customers, else OTHERS."""
    names = np.array([str(name) if name else OTHERS for name in countries])
    found, counts = np.unique(names, return_counts=True)
    return np.where(np.isin(names, found[counts >= SMALLEST_GROUP]), names, OTHERS)


def by_group(groups: NDArray[np.str_], predictions: Mapping[str, Vector], actual: Vector) -> list[dict[str, Any]]:
    """Per group: customers, mean actual and each prediction's errors (`<name>_rmse` …); the largest group first."""
    rows = []
    for group in np.unique(groups):
        inside = groups == group
        row: dict[str, Any] = {"group": str(group), "customers": int(inside.sum()), "actual": actual[inside].mean()}
        for name, expected in predictions.items():
            row |= {f"{name}_{error}": value for error, value in errors(expected[inside], actual[inside]).items()}
        rows.append(row)
    return sorted(rows, key=lambda row: (-row["customers"], row["group"]))


def _resampled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Column means of RESAMPLES samples with replacement: (RESAMPLES, columns). The same samples every time."""
    random = np.random.default_rng(20)
    return np.array([values[random.integers(len(values), size=len(values))].mean(axis=0) for _ in range(RESAMPLES)])
