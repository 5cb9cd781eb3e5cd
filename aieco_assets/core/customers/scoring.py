"""Customer predictions by the champion: one month in one transaction, or a few customers online. Nothing is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timezone
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
from aieco_assets.core.registry.models import load_champion_json
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.locks import limit_waits, naming_holder
from aieco_assets.core.storage.postgres import connect, not_made

if TYPE_CHECKING:
    import pandas as pd
    import psycopg
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
_COLUMNS = ("as_of", "customer_id", *PREDICTIONS, "model_name", "model_version", "scored_at")
# Raise it when the same model and features give other predictions: what was scored before is then scored again.
_SCORING = "3"


@dataclass(frozen=True)
class Champion:
    """A champion that has been loaded: its number in the registry and its parameters."""

    version: int
    model: ClvModel


@dataclass(frozen=True)
class Scored:
    """One scored month; `written` is False when features and champion were those of the last time."""

    as_of: date
    customers: int
    model_version: int
    features_digest: str
    written: bool

    @property
    def data_version(self) -> str:
        return sha256(f"{self.model_version}/{self.features_digest}".encode()).hexdigest()[:16]


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


def score_customers(settings: Settings, as_of: date, champion: Champion | None = None) -> Scored:
    """Writes predictions.customers of one month end, replacing what was there, unless nothing has changed.

    A month before the first purchase of all has no customers, and no predictions.
    Raises AiecoError without features of that day, without a champion, or when a prediction is not a number, and
    LockHeld when somebody else's transaction stays in the way.
    """
    champion = champion or load_champion(settings)
    features = customers_as_of(settings, as_of)
    digest = sha256(f"{_SCORING}/{features_digest(features)}".encode()).hexdigest()
    with naming_holder(settings.warehouse), connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(40, %s)", (as_of.toordinal(),))
        before = connection.execute(
            "select model_version, features_digest,"
            " (select count(*) from predictions.customers c where c.as_of = b.as_of)"
            " from predictions.batches b where as_of = %s and model_name = %s",
            (as_of, CLV),
        ).fetchone()
        unchanged = before == (champion.version, digest, len(features))
        if not unchanged:
            _replace(connection, as_of, champion, digest, _predicted(settings, champion, features))
    return Scored(as_of, len(features), champion.version, digest, written=not unchanged)


def _predicted(settings: Settings, champion: Champion, features: pd.DataFrame) -> pd.DataFrame:
    """As `predict`, by the engine of the settings."""
    import pandas as pd

    step = Step(partial(predict, champion), predict, (champion,))
    batches = (features.iloc[at : at + CUSTOMERS_AT_ONCE] for at in range(0, max(1, len(features)), CUSTOMERS_AT_ONCE))
    with closing(map_batches(step, batches, settings)) as scored:
        return pd.concat([pd.DataFrame(part) for part in scored], ignore_index=True)


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


def _replace(
    connection: psycopg.Connection[Any], as_of: date, champion: Champion, digest: str, predictions: pd.DataFrame
) -> None:
    from polars import from_pandas

    version = champion.version
    unknown = list(VALUES) if champion.model.spend is None else []
    numbers = predictions.drop(columns=["customer_id", *unknown]).to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        raise AiecoError(f"The clv champion (version {version}) gives values that are no numbers as of {as_of}.")
    scored_at = datetime.now(timezone.utc)
    # One block of csv, written by polars: twenty times as fast as pandas at so many floats.
    rows = predictions.assign(
        as_of=as_of.isoformat(), model_name=CLV, model_version=version, scored_at=scored_at.isoformat()
    )
    block = from_pandas(rows.reindex(columns=list(_COLUMNS))).write_csv(include_header=False)
    limit_waits(connection)
    connection.execute("delete from predictions.customers where as_of = %s", (as_of,))
    copy = f"copy predictions.customers ({', '.join(_COLUMNS)}) from stdin (format csv)"
    with connection.cursor() as cursor, cursor.copy(copy.encode()) as stream:
        stream.write(block)
    connection.execute(
        "insert into predictions.batches (as_of, model_name, model_version, features_digest, customers, scored_at)"
        " values (%s, %s, %s, %s, %s, %s) on conflict (as_of) do update set model_name = excluded.model_name,"
        " model_version = excluded.model_version, features_digest = excluded.features_digest,"
        " customers = excluded.customers, scored_at = excluded.scored_at",
        (as_of, CLV, version, digest, len(rows), scored_at),
    )
