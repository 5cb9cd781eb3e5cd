"""A customer leaves the lake: each day that holds lines of hers is written again without them.

The bytes are those that landing the day again would give. The day then waits to be landed again, so that the next run
makes the aggregates over it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aieco_assets.core.retail.connectors.combined import source_of
from aieco_assets.core.retail.day import to_parquet
from aieco_assets.core.retail.erased_lines import at_place, own_id, without_erased
from aieco_assets.core.retail.landing import exclusive
from aieco_assets.core.retail.source import LINES, lines_key, rejected_key
from aieco_assets.core.retail.tables.table import RAW
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import ObjectStore, open_store
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import polars as pl
    import psycopg


@dataclass(frozen=True)
class _Day:
    day: date
    lines: bytes
    rejects: bytes | None
    loaded: int
    rejected: int


def customer_lines(settings: Settings, customer: str) -> int:
    """Rows of the customer in the lake, rejected ones included."""
    lake = open_store(settings.lake, settings)
    return sum(gone for _, gone in _days_with(lake, customer))


def own_customers(settings: Settings, customer: str) -> list[str]:
    """By what else she would be known: her own id in each declared source that has lines of hers, or whose name her id
    begins with, and its place."""
    import polars as pl

    with connect(settings.warehouse) as connection:
        rows = connection.execute("select name, url from ops.sources where starts_with(name, 'transactions/')")
        places = {name.partition("/")[2]: url for name, url in rows.fetchall()}
    names = {name for name in places if own_id(customer, name) != customer}
    lake = open_store(settings.lake, settings)
    for key in lake.list(f"{LINES}/") if places else ():
        lines = _frame(lake.get(key))
        names |= {source_of(path) for path in lines.filter(pl.col("customer_id") == customer)["_source_file"]}
    return [at_place(own_id(customer, name), places[name]) for name in sorted(names & {*places})]


def erase_from_lake(settings: Settings, customer: str) -> int:
    """Writes the days without the customer's rows; returns how many rows went.

    A day is recorded before it is written: one that was killed in between is found again by who runs it again, and
    landed again by a run that comes first.
    """
    lake, erased = open_store(settings.lake, settings), 0
    with exclusive(settings) as connection:
        for made, gone in _days_with(lake, customer):
            _record(connection, made)
            lake.put(lines_key(made.day), made.lines)
            if made.rejects is not None:
                lake.put(rejected_key(made.day), made.rejects)
            else:
                lake.delete(rejected_key(made.day))
            erased += gone
    return erased


def _days_with(lake: ObjectStore, customer: str) -> Iterator[tuple[_Day, int]]:
    import polars as pl

    none = pl.DataFrame(schema={RAW: pl.String})
    for key in lake.list(f"{LINES}/"):
        day = date.fromisoformat(key.split("invoice_date=")[1][:10])
        lines = _frame(lake.get(key))
        rejects = _frame(lake.get(rejected_key(day))) if lake.exists(rejected_key(day)) else none
        kept, kept_rejects, gone = without_erased(
            lines, rejects, lambda customers, source="": {customer}.intersection(customers)
        )
        if gone:
            left = to_parquet(kept_rejects) if kept_rejects.height else None
            yield _Day(day, to_parquet(kept), left, kept.height, kept_rejects.height), gone


def _frame(data: bytes) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(BytesIO(data), hive_partitioning=False)


def _record(connection: psycopg.Connection[Any], made: _Day) -> None:
    connection.execute(
        "update lake.transaction_days set erased = read - %s, loaded = %s, rejected = %s, bytes = %s, sha256 = %s,"
        " inputs_sha256 = '', landed_at = now() where invoice_date = %s",
        (
            *(made.loaded + made.rejected, made.loaded, made.rejected, len(made.lines)),
            *(sha256(made.lines).hexdigest(), made.day),
        ),
    )
