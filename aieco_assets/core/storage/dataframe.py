"""Rows of the warehouse as a table in memory, for people who look around in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import pandas as pd

SECONDS = 60
MOST_ROWS = 1_000_000
NUMERIC = 1700  # Postgres' oid of the type


def read_frame(settings: Settings, query: str, values: Sequence[Any] = ()) -> pd.DataFrame:
    """What a statement of the warehouse gives, `values` in place of its %s; Postgres' numerics as float64.

    The transaction is read-only and ends after SECONDS. Raises AiecoError for a statement that Postgres refuses, and
    for one with more than MOST_ROWS rows.
    """
    import pandas as pd
    from psycopg import Error

    try:
        with connect(settings.warehouse) as connection:
            connection.read_only = True
            connection.execute("select set_config('statement_timeout', %s, true)", (f"{SECONDS}s",))
            cursor = connection.execute(query.encode(), values or None)
            columns = cursor.description or []
            rows = cursor.fetchmany(MOST_ROWS + 1) if columns else []
    except Error as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise AiecoError(f"The warehouse does not answer this statement ({reason}): mend it.") from None
    if len(rows) > MOST_ROWS:
        raise AiecoError(f"The statement has more than {MOST_ROWS:,} rows: sum them up, or add a limit.")
    frame = pd.DataFrame(rows, columns=pd.Index([column.name for column in columns]))
    numeric = [column.name for column in columns if column.type_code == NUMERIC]
    return frame.astype(dict.fromkeys(numeric, "float64"))
