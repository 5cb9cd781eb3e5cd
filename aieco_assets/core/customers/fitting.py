"""Likelihoods of purchases and spending as functions of log-parameters, and what they can be learned from.

pymc-marketing has the same likelihoods; importing and compiling them takes ten times what all fits take
(docs/decisions/models.md). Tests hold ours, and their gradients, to its values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.customers import bgnbd, gammagamma, paretonbd
from aieco_assets.core.customers.bgnbd import BgNbd, histories
from aieco_assets.core.customers.gammagamma import GammaGamma, spending
from aieco_assets.core.customers.paretonbd import ParetoNbd
from aieco_assets.core.customers.posterior import Likelihood, Matrix
from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    import pandas as pd

MIN_CUSTOMERS, MIN_REPEAT_BUYERS = 50, 20
WEEK = 7.0
PURCHASE_PARAMETERS = {"bg-nbd": ("r", "alpha", "a", "b"), "pareto-nbd": ("r", "alpha", "s", "beta")}
SPEND_PARAMETERS = ("p", "q", "v")


def check_trainable(frame: pd.DataFrame, what: str) -> None:
    """Raises AiecoError with the reason when no purchase model can be learned from these histories."""
    frequency, recency, t = histories(frame)
    repeat = int((frequency > 0).sum())
    if len(frame) < MIN_CUSTOMERS or repeat < MIN_REPEAT_BUYERS:
        raise AiecoError(
            f"{what}: {len(frame)} customers with {repeat} repeat buyers are too few for the clv model "
            f"(it needs {MIN_CUSTOMERS} and {MIN_REPEAT_BUYERS}): load more transactions."
        )
    if not np.isfinite([frequency, recency, t]).all():
        raise AiecoError(f"{what}: features hold empty or infinite values: rebuild features/customer_rfm.")
    if min(frequency.min(), recency.min(), t.min()) < 0 or (recency > t).any():
        raise AiecoError(f"{what}: features hold a negative duration, or a last purchase after the month end.")
    if len(np.unique(frequency)) == 1 or len(np.unique(recency[frequency > 0])) == 1:
        raise AiecoError(f"{what}: all customers have the same history, from which no clv model can be learned.")


def check_spending(frame: pd.DataFrame, what: str) -> None:
    """Raises AiecoError with the reason when no spending model can be learned from these values."""
    frequency, value = spending(frame)
    known = int((frequency > 0).sum())
    if known < MIN_REPEAT_BUYERS:
        raise AiecoError(
            f"{what}: {known} repeat buyers with a purchase value are too few for the spending model "
            f"(it needs {MIN_REPEAT_BUYERS}): load more transactions."
        )
    if len(np.unique(value[frequency > 0])) == 1:
        raise AiecoError(f"{what}: all customers spend the same, from which no spending model can be learned.")


def purchase_likelihood(family: str, frame: pd.DataFrame) -> Likelihood:
    """Likelihood of histories in days (columns frequency, recency_days, t_days), by log-parameters in weeks."""
    frequency, recency, t = histories(frame)
    told: Callable[..., tuple[Matrix, Matrix]]
    model, told = (
        (ParetoNbd, paretonbd.value_and_gradient) if family == "pareto-nbd" else (BgNbd, bgnbd.value_and_gradient)
    )
    return _by_logs(model, told, frequency, recency / WEEK, t / WEEK)


def spend_likelihood(frame: pd.DataFrame) -> tuple[Likelihood, float]:
    """Likelihood of what customers spend (columns frequency, monetary), by log-parameters, with money in units of its
    mean; and that mean."""
    frequency, value = spending(frame)
    known = frequency > 0
    unit = float(value[known].mean())
    return _by_logs(GammaGamma, gammagamma.value_and_gradient, frequency[known], value[known] / unit), unit


def _by_logs(model: Any, told: Callable[..., tuple[Matrix, Matrix]], *columns: Matrix) -> Likelihood:
    """Sum of `told` over the rows of `columns`; equal rows are worked out once."""
    rows, counts = np.unique(np.stack(columns, axis=1), axis=0, return_counts=True)

    def likelihood(logs: Matrix) -> tuple[float, Matrix]:
        parameters = np.exp(logs)
        value, gradient = told(model(*parameters), *rows.T)
        return float(counts @ value), (counts @ gradient) * parameters

    return likelihood
