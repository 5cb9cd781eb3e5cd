"""Trainers by name: fitted, written as text (data, no pickle), read back. The same rows give the same text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.churn.booster import PARAMETERS, ROUNDS, lightgbm_library

if TYPE_CHECKING:
    import pandas as pd

Vector = NDArray[np.float64]


def fit(trainer: str, target: str, table: pd.DataFrame, truth: Vector) -> bytes:
    """The fitted model as text. `target`: buys (truth 0 or 1) or spends (an amount)."""
    if trainer == "lightgbm":
        lightgbm = lightgbm_library()
        data = lightgbm.Dataset(table.to_numpy(), truth, feature_name=list(table.columns))
        parameters = PARAMETERS | {"objective": "binary" if target == "buys" else "regression"}
        return lightgbm.train(parameters, data, num_boost_round=ROUNDS).model_to_string().encode()
    return json.dumps(_linear(target, table, truth), sort_keys=True).encode()


def predict(text: bytes, table: pd.DataFrame) -> Vector:
    """A probability or an amount (never below 0) a row, by what `fit` wrote; columns are taken by name."""
    if text.startswith(b"{"):
        content: dict[str, Any] = json.loads(text)
        values = table[content["features"]].to_numpy()
        filled = np.where(np.isnan(values), content["fill"], values)
        said = (filled - content["mean"]) / content["scale"] @ np.array(content["weights"]) + content["intercept"]
        return 1 / (1 + np.exp(-said)) if content["target"] == "buys" else np.maximum(said, 0.0)
    booster = lightgbm_library().Booster(model_str=text.decode())
    said = np.asarray(booster.predict(table[booster.feature_name()].to_numpy(), num_threads=2))
    return np.maximum(said, 0.0)


def _linear(target: str, table: pd.DataFrame, truth: Vector) -> dict[str, Any]:
    """Logistic or ridge regression over standardised columns, an empty value as the column's median."""
    from sklearn.linear_model import LogisticRegression, Ridge

    values = table.to_numpy()
    fill = np.nan_to_num(np.nanmedian(values, axis=0))
    filled = np.where(np.isnan(values), fill, values)
    mean, scale = filled.mean(axis=0), filled.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    model: Any = LogisticRegression(max_iter=1000) if target == "buys" else Ridge()
    model.fit((filled - mean) / scale, truth)
    found = {"fill": fill, "mean": mean, "scale": scale, "weights": np.ravel(model.coef_)}
    return {
        "target": target,
        "features": list(table.columns),
        "intercept": float(np.ravel(model.intercept_)[0]),
        **{name: [float(one) for one in column] for name, column in found.items()},
    }
