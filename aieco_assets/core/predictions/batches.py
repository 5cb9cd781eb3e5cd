"""One month's rows of one table of predictions, replaced in one transaction unless nothing has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timezone
from hashlib import sha256
from typing import TYPE_CHECKING

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.locks import limit_waits, naming_holder
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import pandas as pd

Made = tuple["pd.DataFrame", Mapping[str, float]]
_LOCK = 41  # any constant that nobody else locks by


@dataclass(frozen=True)
class Batch:
    """One scored month of a table; `written` is False when model and input were those of the last time."""

    as_of: date
    rows: int
    model_version: int
    digest: str
    written: bool
    metrics: dict[str, float]

    @property
    def data_version(self) -> str:
        return sha256(f"{self.model_version}/{self.digest}".encode()).hexdigest()[:16]


def replace_batch(
    settings: Settings, table: str, as_of: date, model_version: int, digest: str, make: Callable[[], Made]
) -> Batch:
    """Rows of `predictions.<table>` as of a day: what `make` returns, with as_of, model_version and scored_at.

    `make` also returns numbers worth keeping beside the rows. It is not called when the table has the rows of this
    version and this digest of its input. Raises LockHeld when somebody else's transaction stays in the way.
    """
    from polars import from_pandas
    from psycopg import sql
    from psycopg.types.json import Jsonb

    name = sql.Identifier("predictions", table)
    with naming_holder(settings.warehouse), connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK, f"{table}/{as_of}"))
        before = connection.execute(
            "select model_version, input_digest, rows, metrics from predictions.scored_months"
            " where name = %s and as_of = %s",
            (table, as_of),
        ).fetchone()
        counting = sql.SQL("select count(*) from {} where as_of = %s").format(name)
        ((present,),) = connection.execute(counting, (as_of,)).fetchall()
        if before and before[:3] == (model_version, digest, present):
            return Batch(as_of, present, model_version, digest, False, before[3])
        scored_at = datetime.now(timezone.utc)
        made, metrics = make()
        rows = made.assign(as_of=as_of.isoformat(), model_version=model_version, scored_at=scored_at.isoformat())
        limit_waits(connection)
        connection.execute(sql.SQL("delete from {} where as_of = %s").format(name), (as_of,))
        columns = sql.SQL(", ").join(map(sql.Identifier, rows.columns))
        copy = sql.SQL("copy {} ({}) from stdin (format csv)").format(name, columns)
        with connection.cursor() as cursor, cursor.copy(copy) as stream:
            # Written by polars: twenty times as fast as pandas at many floats.
            stream.write(from_pandas(rows).write_csv(include_header=False))
        connection.execute(
            "insert into predictions.scored_months"
            " (name, as_of, model_version, input_digest, rows, metrics, scored_at)"
            " values (%s, %s, %s, %s, %s, %s, %s) on conflict (name, as_of) do update set"
            " model_version = excluded.model_version, input_digest = excluded.input_digest, rows = excluded.rows,"
            " metrics = excluded.metrics, scored_at = excluded.scored_at",
            (table, as_of, model_version, digest, len(rows), Jsonb(dict(metrics)), scored_at),
        )
    return Batch(as_of, len(rows), model_version, digest, True, dict(metrics))
