"""Candidate purchase models, families x prior strengths: fitted up to a month end, judged on what came after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.customers.bgnbd import histories
from aieco_assets.core.customers.evaluation import errors
from aieco_assets.core.customers.fitting import (
    PURCHASE_PARAMETERS,
    SPEND_PARAMETERS,
    WEEK,
    check_spending,
    check_trainable,
    purchase_likelihood,
    spend_likelihood,
)
from aieco_assets.core.customers.gammagamma import GammaGamma, spending
from aieco_assets.core.customers.holdout import Holdout
from aieco_assets.core.customers.model import FAMILIES, LABELS, ClvModel
from aieco_assets.core.customers.posterior import MODES, Found, Likelihood, Posterior, maximise
from aieco_assets.core.errors import AiecoError, NotTrainableError
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

# Precision of each prior at its mode (posterior.maximise): next to nothing, a hint, a strong belief. Even the weakest
# keeps a parameter that the data hardly know (a of BG/NBD, where nobody leaves) from running off to zero.
STRENGTHS = (0.1, 1.0, 10.0)


@dataclass(frozen=True)
class Candidate:
    """One way to fit. `found` is None and `error` says why where that failed; then it has no holdout errors either."""

    family: str
    strength: float
    found: Found | None
    error: str = ""
    holdout: dict[str, float] | None = None

    @property
    def name(self) -> str:
        return f"{LABELS[self.family]}, prior {self.strength:g}"

    def row(self) -> dict[str, Any]:
        """What is shown and stored of a candidate, also of one that failed."""
        row: dict[str, Any] = {"candidate": self.name, "error": self.error}
        if self.found is not None:
            row |= {
                "log_likelihood": self.found.log_likelihood,
                "gradient": self.found.gradient,
                "iterations": self.found.iterations,
                **self.found.posterior.parameters,
                **{f"holdout_{name}": value for name, value in (self.holdout or {}).items()},
            }
        return row


def fit_purchases(settings: Settings, family: str, frame: pd.DataFrame) -> tuple[ClvModel, Found]:
    """One purchase model of histories in days (columns frequency, recency_days, t_days); parameters in weeks.

    Raises NotTrainableError when nothing can be learned or the search did not arrive.
    """
    check_trainable(frame, "The clv model")
    found = _search(purchase_likelihood(settings, family, frame), family, STRENGTHS[0], len(frame), "The clv model")
    return _model(family, found), found


def fit_spending(settings: Settings, frame: pd.DataFrame, what: str = "The spending model") -> Found:
    """Gamma-Gamma of what repeat buyers spend on a purchase day (columns frequency, monetary); v in that money.

    Raises NotTrainableError when nothing can be learned, the search did not arrive, or spending has no finite mean.
    """
    check_spending(frame, what)
    likelihood, unit = spend_likelihood(settings, frame)
    customers = int((spending(frame)[0] > 0).sum())
    found = maximise(likelihood, SPEND_PARAMETERS, STRENGTHS[0], customers, what)
    parameters = found.posterior.parameters | {"v": found.posterior.parameters["v"] * unit}
    if parameters["q"] <= 1:
        raise NotTrainableError(
            f"{what} expects endless spending (q {parameters['q']:.3g}): look for outliers in revenue."
        )
    value = GammaGamma(**parameters).log_likelihood(*(column[spending(frame)[0] > 0] for column in spending(frame)))
    return Found(Posterior(parameters, found.posterior.covariance), value, found.gradient, found.iterations)


def judge_candidates(settings: Settings, holdout: Holdout) -> list[Candidate]:
    """Every candidate, the best on the holdout first, those that failed last.

    Raises NotTrainableError when all of them failed, with the reason of the first.
    """
    judged = []
    for family in FAMILIES:
        likelihood, start = purchase_likelihood(settings, family, holdout.calibration), MODES
        for strength in sorted(STRENGTHS, reverse=True):  # from the easiest search to the next, nearby
            judged.append(_candidate(likelihood, family, strength, holdout, start))
            start = judged[-1].found.posterior.parameters if judged[-1].found else start
    judged.sort(key=lambda one: one.holdout["rmse"] if one.holdout else np.inf)
    if judged[0].holdout is None:
        raise NotTrainableError(f"No candidate of the clv model could be fitted: {judged[0].error} The champion stays.")
    return judged


def _candidate(
    likelihood: Likelihood, family: str, strength: float, holdout: Holdout, start: dict[str, float]
) -> Candidate:
    what = f"{LABELS[family]} with prior {strength:g} up to {holdout.calibration_as_of}"
    try:
        found = _search(likelihood, family, strength, len(holdout.calibration), what, start)
    except (AiecoError, ArithmeticError, ValueError) as error:  # shown beside the others
        return Candidate(family, strength, None, str(error))
    expected = _model(family, found).expected_purchases(*histories(holdout.calibration), holdout.days)
    if not np.isfinite(expected).all():
        return Candidate(family, strength, None, f"{what} expects purchases that are no numbers.")
    return Candidate(family, strength, found, holdout=errors(expected, holdout.actual))


def refit(settings: Settings, winner: Candidate, frame: pd.DataFrame, what: str) -> tuple[ClvModel, Found]:
    """The winner's way of fitting on other histories, begun at its parameters."""
    assert winner.found is not None
    check_trainable(frame, what)
    likelihood = purchase_likelihood(settings, winner.family, frame)
    found = _search(likelihood, winner.family, winner.strength, len(frame), what, winner.found.posterior.parameters)
    return _model(winner.family, found), found


def _search(
    likelihood: Likelihood,
    family: str,
    strength: float,
    customers: int,
    what: str,
    start: dict[str, float] = MODES,
) -> Found:
    return maximise(likelihood, PURCHASE_PARAMETERS[family], strength, customers, what, start)


def _model(family: str, found: Found) -> ClvModel:
    return ClvModel(FAMILIES[family](**found.posterior.parameters, unit_days=WEEK), found.posterior)
