"""How good risks are: who is found first, and whether 30 % means three in ten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
RESAMPLES, GROUPS = 100, 10
FEWEST_IN_SLICE = 100


@dataclass(frozen=True)
class Slice:
    """Customers of one country group: how many, the share that churned, Brier score of the risks."""

    name: str
    customers: int
    base_rate: float
    brier: float


def average_precision(churned: NDArray[np.bool_], scores: Vector) -> float:
    """Area under the precision-recall curve; the base rate is what chance gives."""
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(churned, scores))


def brier(churned: NDArray[np.bool_], risks: Vector) -> float:
    return float(np.mean((risks - churned) ** 2))


def judge(churned: NDArray[np.bool_], risks: Vector, days_since_last: Vector) -> dict[str, float]:
    """PR-AUC with its 90 % bootstrap interval, calibration, and what both are worth against the simplest rivals.

    Rivals: the base rate (for PR-AUC also what chance gives), and ranking by days since the last purchase alone.
    """
    from sklearn.metrics import roc_auc_score

    base = float(churned.mean())
    low, high, beats = _resampled(churned, risks, days_since_last)
    table = calibration(churned, risks)
    return {
        "customers": float(len(churned)),
        "base_rate": base,
        "pr_auc": average_precision(churned, risks),
        "pr_auc_low": low,
        "pr_auc_high": high,
        "recency_pr_auc": average_precision(churned, days_since_last),
        "chance_of_better": beats,
        "roc_auc": float(roc_auc_score(churned, risks)),
        "brier": brier(churned, risks),
        "base_rate_brier": base * (1 - base),
        "mean_risk": float(risks.mean()),
        "calibration_error": float(sum(size * abs(said - seen) for size, said, seen in table) / len(churned)),
    }


def calibration(churned: NDArray[np.bool_], risks: Vector) -> list[tuple[int, float, float]]:
    """(customers, mean risk, share that churned) by tenth of the risks, lowest first."""
    groups = np.array_split(np.argsort(risks, kind="stable"), GROUPS)
    return [(len(group), float(risks[group].mean()), float(churned[group].mean())) for group in groups if len(group)]


def slices(churned: NDArray[np.bool_], risks: Vector, countries: Sequence[str | None]) -> list[Slice]:
    """The country with most customers, and all others together; groups of fewer than 100 are left out."""
    named = np.array([country or "unknown" for country in countries])
    names, sizes = np.unique(named, return_counts=True)
    home = names[int(np.argmax(sizes))]
    found = []
    for name, members in ((str(home), named == home), (f"not {home}", named != home)):
        if members.sum() >= FEWEST_IN_SLICE:
            inside = churned[members]
            found.append(Slice(name, int(members.sum()), float(inside.mean()), brier(inside, risks[members])))
    return found


def _resampled(churned: NDArray[np.bool_], risks: Vector, rival: Vector) -> tuple[float, float, float]:
    """Bounds of 90 % of the PR-AUC, and how often it is above that of a rival on the same customers."""
    random = np.random.default_rng(0)
    found, theirs = [], []
    for _ in range(RESAMPLES):
        drawn = random.integers(0, len(churned), len(churned))
        if churned[drawn].any():
            found.append(average_precision(churned[drawn], risks[drawn]))
            theirs.append(average_precision(churned[drawn], rival[drawn]))
    low, high = np.quantile(found, [0.05, 0.95])
    return float(low), float(high), float(np.mean(np.array(found) > np.array(theirs)))
