"""The one reader of customer features: training, batch scoring and the online call all come through here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, read_made

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

# Columns of features.customer_rfm (dbt), grain: (as_of, customer_id). The feature catalogue says what they mean: the
# model's description in dbt_project/models/features, with the unit of each.
COUNTS = ("frequency", "recent_frequency", "orders", "items_bought", "distinct_items")
DURATIONS = ("recency_days", "t_days", "mean_gap_days")
MONEY = ("monetary", "revenue", "first_day_revenue", "returned")
NUMBERS = (*COUNTS, *DURATIONS, *MONEY, "returns_share")
FEATURES = ("customer features", "features/customer_rfm")  # as `read_made` names them
_LATEST = "select max(as_of) from features.customer_rfm"  # one entry of the index
RFM_COLUMNS = ("customer_id", *NUMBERS, "first_purchase", "last_purchase", "country", "first_country")


def available_as_of(settings: Settings) -> list[date]:
    """Month ends that features exist for, oldest first."""
    query = "select distinct as_of from features.customer_rfm order by as_of"
    return [day for (day,) in read_made(settings.warehouse, query, (), *FEATURES)]


def complete_months(settings: Settings) -> list[date]:
    """`available_as_of` for those who train: a shop whose first month is not over has no table of features yet."""
    with connect(settings.warehouse) as connection:
        ((made,),) = connection.execute("select to_regclass('features.customer_rfm') is not null").fetchall()
    return available_as_of(settings) if made else []


def latest_as_of(settings: Settings) -> date | None:
    """The newest month end that features exist for; reads one entry of the index, whatever has piled up."""
    return read_made(settings.warehouse, _LATEST, (), *FEATURES)[0][0]


def read_rfm(settings: Settings, as_of: date, customer_ids: Sequence[str] | None = None) -> pd.DataFrame:
    """Features of every customer (or of those asked for) as of a day: columns RFM_COLUMNS, ordered by customer_id.

    Numbers are float64, `monetary` and `mean_gap_days` are NaN for a customer without a repeat purchase. Empty when
    there are none. Raises AiecoError where the table is not there, or is from before a column was added.
    """
    import pandas as pd

    values: list[object] = [as_of]
    where = "as_of = %s"
    if customer_ids is not None:
        where += " and customer_id = any(%s)"
        values.append(list(customer_ids))
    # Column by column: a frame made of rows, then converted, takes five times as long for a single one.
    return pd.DataFrame(_columns(_rows(settings, RFM_COLUMNS, where, values)))


def read_latest_rfm(settings: Settings, customer_ids: Sequence[str]) -> tuple[date, dict[str, NDArray[Any]]] | None:
    """(as_of, what `read_rfm` gives of these customers, as columns by name) of the newest month end that features
    exist for; None while there is none. For a few customers, in one round trip."""
    rows = _rows(settings, ("as_of", *RFM_COLUMNS), f"as_of = ({_LATEST}) and customer_id = any(%s)", [[*customer_ids]])
    latest = rows[0][0] if rows else latest_as_of(settings)
    return None if latest is None else (latest, _columns([row[1:] for row in rows]))


def _rows(settings: Settings, names: Sequence[str], where: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    from psycopg import errors

    columns = ", ".join(f"{name}::float8" if name in NUMBERS else name for name in names)
    query = f"select {columns} from features.customer_rfm where {where} order by customer_id"  # noqa: S608 - constants
    try:
        return read_made(settings.warehouse, query, values, *FEATURES)
    except errors.UndefinedColumn:
        raise AiecoError(
            "The customer features are from before some were added: run `aieco run --select features/customer_rfm`."
        ) from None


def read_feature(settings: Settings, name: str, as_of: date) -> dict[str, float | None]:
    """A declared feature (features.<name>, its own column) by customer, as of a day. Raises AiecoError without it."""
    from psycopg import errors, sql

    query = sql.SQL("select customer_id, {}::float8 from {} where as_of = %s").format(
        sql.Identifier(name), sql.Identifier("features", name)
    )
    with connect(settings.warehouse) as connection:
        try:
            return dict(connection.execute(query, (as_of,)).fetchall())
        except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn):
            raise AiecoError(f"There is no feature {name} yet: `aieco run --select features/{name}`.") from None


def _columns(rows: Sequence[Sequence[object]]) -> dict[str, NDArray[Any]]:
    import numpy as np

    columns = zip(*rows, strict=True) if rows else ((),) * len(RFM_COLUMNS)
    named = zip(RFM_COLUMNS, columns, strict=True)
    return {name: np.array(values, dtype="float64" if name in NUMBERS else object) for name, values in named}


def first_customer_day(settings: Settings) -> date | None:
    """Day of the first purchase that any features know of; before it there were no customers. None without features."""
    with connect(settings.warehouse) as connection:
        row = connection.execute("select min(first_purchase) from features.customer_rfm").fetchone()
    return row[0] if row else None


def features_digest(*frames: pd.DataFrame) -> str:
    """sha256 of the features' content: the same rows give the same digest, whenever and wherever they were built."""
    import numpy as np
    from pandas.util import hash_pandas_object

    digest = sha256()
    for frame in frames:
        digest.update(",".join(frame.columns).encode())
        hashes = hash_pandas_object(frame, index=False)  # type: ignore[call-arg] - pandas-stubs lag behind
        digest.update(np.asarray(hashes).tobytes())
    return digest.hexdigest()
