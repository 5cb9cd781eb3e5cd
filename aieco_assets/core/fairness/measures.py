"""What is compared slice by slice: shares and sums of which each is a ratio, so that one row more or less can be tried.

Recall, false-positive rate and calibration are those of Hardt et al. 2016 ("Equality of opportunity in supervised
learning") and Pleiss et al. 2017 ("On fairness and calibration").
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Parts = Callable[[Vector, Vector], tuple[Vector, Vector]]

# Of answers, as numbers: `truth` is 1 for a question that has no answer; `said` is one of these.
WRONG, RIGHT, SILENT = 0.0, 1.0, 2.0


@dataclass(frozen=True)
class Measure:
    """A ratio of two sums over rows. `parts`: (truth, said) -> what each row adds above and below.

    `margin`: by how much it may be worse than the champion's; `limit`: how bad it may be whoever the champion is, None
    for any; `fewest`: rows that count (those with something below) under which nothing is said. `counted`: what adds
    above is 0 or 1 and what is below does not depend on the model, so that an exact test of pairs holds.
    """

    name: str
    told: str
    parts: Parts
    margin: float
    fewest: int
    higher_is_better: bool = False
    distance: bool = False  # from zero, whichever way: a bias
    root: bool = False  # of the ratio: what was summed are squares
    counted: bool = False
    limit: float | None = None

    def of_sums(self, above: Vector, below: Vector) -> Vector:
        """The ratio; where nothing is below, not a number."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(below > 0, above / below, np.nan)
        ratio = np.abs(ratio) if self.distance else ratio
        return np.sqrt(ratio) if self.root else ratio

    def value(self, truth: Vector, said: Vector) -> float:
        """As `fairlearn.metrics.MetricFrame` calls it for each slice."""
        above, below = self.parts(np.asarray(truth, dtype=float), np.asarray(said, dtype=float))
        return float(self.of_sums(above.sum(), below.sum()))


def flagged(risks: Vector, churned: NDArray[np.bool_]) -> Vector:
    """The risks, with 1 added to those of the riskiest customers, as many as stayed away: who would be written to."""
    many = int(churned.sum())
    chosen = np.zeros(len(risks))
    chosen[np.argsort(-risks, kind="stable")[:many]] = 1.0
    return chosen + np.clip(risks, 0.0, 1.0 - 1e-9)


def _recall(churned: Vector, said: Vector) -> tuple[Vector, Vector]:
    return churned * (said >= 1), churned


def _false_positives(churned: Vector, said: Vector) -> tuple[Vector, Vector]:
    return (1 - churned) * (said >= 1), 1 - churned


def _calibration(churned: Vector, said: Vector) -> tuple[Vector, Vector]:
    return said - (said >= 1) - churned, np.ones_like(churned)


def _error(actual: Vector, expected: Vector) -> tuple[Vector, Vector]:
    # Squares: by absolute errors whoever expects nothing at all would be best where most buy nothing.
    return (expected - actual) ** 2, actual**2


def _bias(actual: Vector, expected: Vector) -> tuple[Vector, Vector]:
    return expected - actual, actual


def _right(unanswerable: Vector, said: Vector) -> tuple[Vector, Vector]:
    return (1 - unanswerable) * (said == RIGHT), 1 - unanswerable


def _silence(unanswerable: Vector, said: Vector) -> tuple[Vector, Vector]:
    return (1 - unanswerable) * (said == SILENT), 1 - unanswerable


def _abstained(unanswerable: Vector, said: Vector) -> tuple[Vector, Vector]:
    return unanswerable * (said == SILENT), unanswerable


# `said` of churn is what `flagged` gives.
CHURN = (
    Measure("recall", "of those who stayed away, found", _recall, 0.05, 30, higher_is_better=True, counted=True),
    Measure("false_positives", "of those who stayed, called leaving", _false_positives, 0.05, 30, counted=True),
    Measure("calibration_gap", "between risk and share", _calibration, 0.05, 100, distance=True, limit=0.25),
)
PURCHASES = (
    Measure("purchase_error", "of the purchases (root of squares), missed", _error, 0.10, 50, root=True),
    Measure("purchase_bias", "of the purchases, too many or too few", _bias, 0.10, 50, distance=True, limit=1.0),
)
VALUE = (
    Measure("value_error", "of the value (root of squares), missed", _error, 0.10, 50, root=True),
    Measure("value_bias", "of the value, too much or too little", _bias, 0.10, 50, distance=True, limit=1.0),
)
ANSWERS = (
    Measure("answered_right", "of what has an answer, answered rightly", _right, 0.10, 10, True, counted=True),
    Measure("silence", "of what has an answer, not answered", _silence, 0.10, 10, counted=True),
    Measure("abstention", "of what has no answer, not answered", _abstained, 0.10, 10, True, counted=True),
)
