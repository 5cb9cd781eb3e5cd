"""Why a customer is likely to stay away, or to come back: the columns that moved the risk most, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.churn.table import INPUTS, NAMES

if TYPE_CHECKING:
    import pandas as pd

REASONS = 3


def reasons_in_words(table: pd.DataFrame, contributions: NDArray[np.float64]) -> list[list[str]]:
    """Three sentences per row, the strongest first: `last bought 94 days ago (raises the risk)`."""
    strongest = np.argsort(-np.abs(contributions), axis=1, kind="stable")[:, :REASONS]
    values = table[list(NAMES)].to_numpy()
    return [
        [_sentence(int(column), values[row, column], contributions[row, column]) for column in columns]
        for row, columns in enumerate(strongest)
    ]


def importance(contributions: NDArray[np.float64]) -> dict[str, float]:
    """Mean absolute contribution of each column in log-odds, the largest first."""
    means = np.abs(contributions).mean(axis=0)
    return {NAMES[column]: float(means[column]) for column in np.argsort(-means, kind="stable")}


def _sentence(column: int, value: float, contribution: float) -> str:
    return f"{INPUTS[column].words(value)} ({'raises' if contribution > 0 else 'lowers'} the risk)"
