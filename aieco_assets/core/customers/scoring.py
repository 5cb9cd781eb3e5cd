"""Customer predictions by the champion: one month in one transaction, or a few customers online. Nothing is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from aieco_assets.core.contracts import CLV
from aieco_assets.core.customers.bgnbd import histories
from aieco_assets.core.customers.intervals import CUSTOMERS_AT_ONCE, intervals
from aieco_assets.core.customers.known_customers import customers_as_of
from aieco_assets.core.customers.model import ClvModel
from aieco_assets.core.customers.value_candidates import holding
from aieco_assets.core.engine import Step, map_batches
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.features.reader import FEATURES, features_digest, read_latest_rfm
from aieco_assets.core.monitoring.tracing import note, stage
from aieco_assets.core.predictions.batches import Batch, replace_batch
from aieco_assets.core.registry.models import load_champion_json
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import not_made

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from aieco_assets.core.customers.bgnbd import Features

HORIZONS = (30, 90, 365)
VALUES = tuple(
    name for days in HORIZONS for name in (f"expected_value_{days}d", f"value_{days}d_low", f"value_{days}d_high")
)
PREDICTIONS = (
    "p_alive",
    *(name for days in HORIZONS
      for name in (f"expected_purchases_{days}d", f"purchases_{days}d_low", f"purchases_{days}d_high")),
    *VALUES,
)  # fmt: skip
# Raise it when the same model and features give other predictions: what was scored before is then scored again.
_SCORING = "3"


@dataclass(frozen=True)
class Champion:
    """A champion that has been loaded: its number in the registry and its parameters."""

    version: int
    model: ClvModel


def load_champion(settings: Settings) -> Champion:
    """The clv champion. Raises AiecoError while there is none, or when its file was altered."""
    version, content = load_champion_json(settings, CLV)
    return Champion(version.version, ClvModel.from_content(content))


def predict(champion: Champion, features: Features) -> dict[str, NDArray[Any]]:
    """Columns by name, customer_id and PREDICTIONS, each in the order of the features given.

    Expected purchase days and their value (in the money of the source, undiscounted) per horizon, with the bounds
    between which `intervals` sees 90 % of futures. Values are NaN with a champion that knows no spending.
    """
    model, history = champion.model, histories(features)
    columns = {"customer_id": np.asarray(features["customer_id"]), "p_alive": model.p_alive(*history)}
    for days, bounds in intervals(model, features, HORIZONS).items():
        expected = model.expected_purchases(*history, days)
        columns[f"expected_purchases_{days}d"] = expected
        columns[f"purchases_{days}d_low"], columns[f"purchases_{days}d_high"] = bounds.purchases
        value = model.expected_value(features, expected, days)
        columns[f"expected_value_{days}d"] = value
        columns[f"value_{days}d_low"], columns[f"value_{days}d_high"] = holding(bounds.value, value)
    return {name: columns[name] for name in ("customer_id", *PREDICTIONS)}


def score_customers(settings: Settings, as_of: date, champion: Champion | None = None) -> Batch:
    """Writes predictions.customers of one month end, replacing what was there, unless nothing has changed.

    A month before the first purchase of all has no customers, and no predictions.
    Raises AiecoError without features of that day, without a champion, or when a prediction is not a number, and
    LockHeld when somebody else's transaction stays in the way.
    """
    champion = champion or load_champion(settings)
    features = customers_as_of(settings, as_of)
    digest = sha256(f"{_SCORING}/{features_digest(features)}".encode()).hexdigest()
    return replace_batch(
        settings,
        "customers",
        as_of,
        champion.version,
        digest,
        lambda: (_predicted(settings, champion, features, as_of), {}),
    )


def _predicted(settings: Settings, champion: Champion, features: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """As `predict`, by the engine of the settings."""
    import pandas as pd

    step = Step(partial(predict, champion), predict, (champion,))
    batches = (features.iloc[at : at + CUSTOMERS_AT_ONCE] for at in range(0, max(1, len(features)), CUSTOMERS_AT_ONCE))
    with closing(map_batches(step, batches, settings)) as scored:
        predictions = pd.concat([pd.DataFrame(part) for part in scored], ignore_index=True)
    unknown = list(VALUES) if champion.model.spend is None else []
    if not np.isfinite(predictions.drop(columns=["customer_id", *unknown]).to_numpy(dtype=float)).all():
        raise AiecoError(
            f"The clv champion (version {champion.version}) gives values that are no numbers as of {as_of}."
        )
    return predictions.assign(model_name=CLV)


def predict_customers(settings: Settings, customer_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Predictions from the latest features, in the order asked for; unknown customers are left out.

    Each: customer_id, as_of, PREDICTIONS, model_name, model_version; a value is None where the champion knows none.
    """
    wanted = list(dict.fromkeys(customer_ids))
    with stage("features"):
        found = read_latest_rfm(settings, wanted)
        if found is None:
            raise not_made(*FEATURES)
        as_of, features = found
    champion = load_champion(settings)
    with stage("score"):
        columns = predict(champion, features)
        note(customers=len(columns["customer_id"]), model_version=champion.version)
    common = {"as_of": as_of.isoformat(), "model_name": CLV, "model_version": champion.version}
    by_id = {
        row[0]: {name: None if value != value else value for name, value in zip(columns, row, strict=True)} | common
        for row in zip(*(values.tolist() for values in columns.values()), strict=True)
    }
    return [by_id[customer] for customer in wanted if customer in by_id]
