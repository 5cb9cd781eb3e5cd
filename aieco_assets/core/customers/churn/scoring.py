"""Churn risk and its reasons for every customer of a month end, by the champion. Nothing is fitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.customers.churn.booster import contributions, from_text, risks
from aieco_assets.core.customers.churn.gate import TREES_FILE
from aieco_assets.core.customers.churn.reasons import REASONS, reasons_in_words
from aieco_assets.core.customers.churn.table import churn_table
from aieco_assets.core.customers.known_customers import customers_as_of
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.features.reader import features_digest
from aieco_assets.core.predictions.batches import Batch, replace_batch
from aieco_assets.core.registry.models import champion
from aieco_assets.core.registry.versions import load_files
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from lightgbm import Booster


@dataclass(frozen=True)
class ChurnChampion:
    version: int
    trees: Booster


def load_churn_champion(settings: Settings) -> ChurnChampion | None:
    """The champion's trees, None before there is one. Raises AiecoError when a file was altered."""
    found = champion(settings, CHURN)
    if found is None:
        return None
    return ChurnChampion(found.version, from_text(load_files(settings, found)[TREES_FILE]))


def predict_churn(model: ChurnChampion, features: pd.DataFrame) -> pd.DataFrame:
    """customer_id, churn_risk (0 to 1) and reason_1 to reason_3, in the order of the features given."""
    import pandas as pd

    if features.empty:
        return pd.DataFrame(columns=pd.Index(["customer_id", "churn_risk"]))
    table = churn_table(features)
    risk = risks(model.trees, table)
    if not np.isfinite(risk).all():
        raise AiecoError(f"The churn champion (version {model.version}) gives risks that are no numbers.")
    reasons = reasons_in_words(table, contributions(model.trees, table))
    names = [f"reason_{number + 1}" for number in range(REASONS)]
    predictions = pd.DataFrame(reasons, columns=pd.Index(names))
    predictions.insert(0, "customer_id", features["customer_id"].to_numpy())
    predictions.insert(1, "churn_risk", risk)
    return predictions


def score_churn(settings: Settings, as_of: date, model: ChurnChampion) -> Batch:
    """Writes predictions.churn of one month end, replacing what was there, unless nothing has changed."""
    features = customers_as_of(settings, as_of)
    return replace_batch(
        settings, "churn", as_of, model.version, features_digest(features), lambda: (predict_churn(model, features), {})
    )
