"""The gradient-boosted trees: fitted, written as LightGBM's own text (data, no pickle), read back, explained."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.churn.table import NAMES
from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    import pandas as pd
    from lightgbm import Booster

# Small trees and slow learning: a few thousand rows, and risks that are read as probabilities.
ROUNDS = 150
PARAMETERS: dict[str, Any] = {
    "objective": "binary",
    "learning_rate": 0.04,
    "num_leaves": 8,
    "min_data_in_leaf": 60,
    "lambda_l2": 5.0,
    "seed": 7,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
    "verbosity": -1,
}


def fit_booster(
    table: pd.DataFrame,
    churned: NDArray[np.bool_],
    parameters: Mapping[str, Any] = PARAMETERS,
    rounds: int = ROUNDS,
) -> Booster:
    """Trees that give the probability of churn. The same rows and parameters give the same trees.

    Raises AiecoError for parameters that LightGBM does not take.
    """
    lightgbm = lightgbm_library()
    data = lightgbm.Dataset(table[list(NAMES)].to_numpy(), churned.astype(float), feature_name=list(NAMES))
    try:
        return lightgbm.train({**parameters}, data, num_boost_round=rounds)
    except (lightgbm.basic.LightGBMError, TypeError, ValueError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise AiecoError(f"LightGBM does not take these parameters of the churn model ({reason}): mend them.") from None


def to_text(booster: Booster) -> bytes:
    return booster.model_to_string().encode()


def from_text(text: bytes) -> Booster:
    """Trees over all or some of the columns NAMES: a champion from before one was added goes on. Raises AiecoError when
    the text is no model of these columns."""
    lightgbm = lightgbm_library()
    names = re.search(rb"^feature_names=(.*)$", text, re.MULTILINE)
    if names is None or not set(names[1].decode().split()) <= set(NAMES):
        raise AiecoError("The churn model was trained on other columns: run `aieco run --select models/churn`.")
    return lightgbm.Booster(model_str=text.decode())


def risks(booster: Booster, table: pd.DataFrame) -> NDArray[np.float64]:
    """Probability of no purchase in the next 90 days, per row."""
    return np.asarray(booster.predict(table[booster.feature_name()].to_numpy(), num_threads=2))


def contributions(booster: Booster, table: pd.DataFrame) -> NDArray[np.float64]:
    """Exact SHAP values (Lundberg et al. 2018) in log-odds: rows by columns NAMES; the base value is left out, and a
    column that the trees do not know adds nothing."""
    names = booster.feature_name()
    values = np.zeros((len(table), len(NAMES)))
    values[:, [NAMES.index(name) for name in names]] = np.asarray(
        booster.predict(table[names].to_numpy(), pred_contrib=True, num_threads=2)
    )[:, :-1]
    return values


def lightgbm_library() -> Any:
    """The module, or AiecoError where its OpenMP runtime is missing."""
    try:
        import lightgbm
    except OSError:  # the wheel brings no OpenMP runtime
        raise AiecoError(
            "LightGBM finds no OpenMP runtime: install libgomp1 (Debian, Ubuntu) or `brew install libomp` (macOS)."
        ) from None
    return lightgbm
