"""Transactions from the lake into raw.transactions: whole days, replaced in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from functools import partial
from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, Any

from aieco_assets.core.engine.prefetch import prefetch
from aieco_assets.core.retail.binary_copy import day_table, loads_table
from aieco_assets.core.retail.landing import exclusive
from aieco_assets.core.retail.pseudonyms import add_new, forget_gone, must_rename, pseudonym_secret, rename_all
from aieco_assets.core.storage.access import LOADER, as_role
from aieco_assets.core.storage.locks import LIMIT_WAITS, with_patience
from aieco_assets.core.storage.objects import ObjectStore, open_store

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa
    from adbc_driver_manager.dbapi import Cursor

    from aieco_assets.core.settings import Settings


@dataclass(frozen=True)
class LoadResult:
    """raw.transactions over the asked range after loading; `days`: the invoice dates that were replaced just now."""

    rows: int
    rows_loaded: int
    days: tuple[date, ...]
    content_sha256: str


@dataclass
class _Written:
    """What a load has put into its transaction: rows by day, customers, partitions."""

    rows: dict[date, int] = field(default_factory=dict)
    customers: set[str] = field(default_factory=set)
    partitions: list[str] = field(default_factory=list)


def load_days(settings: Settings, start: date, end: date, lake: ObjectStore | None = None) -> LoadResult:
    """Make raw.transactions, and the pseudonyms of its customers, equal to the lake for start..end (both included).

    Only days whose content hash differs from the loaded one are touched, all in one transaction: readers see the old
    days or the new ones. Days that left the lake leave the table, and a month without days its partition. Raises
    LockHeld, with nothing changed, when somebody else's transaction stays in the way.
    """
    settings = as_role(settings, LOADER)
    store, secret = lake or open_store(settings.lake, settings), pseudonym_secret(settings)
    with exclusive(settings) as connection:
        wanted = _hashes(connection, "lake.transaction_days", start, end)
        loaded = _hashes(connection, "raw.loads", start, end)
        stale = sorted(day for day in wanted.keys() | loaded.keys() if wanted.get(day) != loaded.get(day))
        rename = must_rename(connection, secret)
        written = _Written()
        if stale or rename:

            def replace() -> _Written:
                with _transaction(settings) as cursor:
                    made = _replace(cursor, store, stale, {day: wanted[day] for day in stale if day in wanted})
                    if rename:
                        rename_all(cursor, secret)
                    else:
                        add_new(connection, cursor, secret, made.customers)
                        if loaded.keys() & stale:
                            forget_gone(cursor)
                return made

            written = with_patience(settings.warehouse, replace)
        _analyze(connection, written.partitions)
        (rows,) = connection.execute(
            "select coalesce(sum(rows), 0) from raw.loads where invoice_date between %s and %s", (start, end)
        ).fetchone() or (0,)
        digest = sha256("\n".join(f"{day} {value}" for day, value in sorted(wanted.items())).encode()).hexdigest()
        return LoadResult(int(rows), sum(written.rows.values()), tuple(stale), digest)


@contextmanager
def _transaction(settings: Settings) -> Iterator[Cursor]:
    """One transaction through ADBC, which streams Arrow as binary COPY; it waits for locks as `with_patience` asks."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(settings.warehouse) as adbc, adbc.cursor() as cursor:
        cursor.execute("set local application_name = 'aieco'")
        cursor.execute(LIMIT_WAITS)
        yield cursor
        adbc.commit()


def _replace(cursor: Cursor, store: ObjectStore, stale: list[date], fresh: dict[date, str]) -> _Written:
    """Delete the stale days and COPY the fresh ones into their months' partitions, a month at a time."""
    import pyarrow as pa

    now, written = datetime.now(timezone.utc), _Written()
    if not stale:
        return written
    stale_days = pa.record_batch([pa.array(stale, pa.date32())], ["invoice_date"])
    cursor.executemany("delete from raw.transactions where invoice_date = $1", stale_days)
    cursor.executemany("delete from raw.loads where invoice_date = $1", stale_days)
    months = ((month, list(days)) for month, days in groupby(fresh, _month))
    # Postgres copies a month while the next is read from the lake.
    with closing(prefetch(partial(_read_month, store, fresh, now), months, threads=1)) as read:
        for month, tables in read:
            table = pa.concat_tables(tables.values())
            partition = _call(cursor, "select raw.month_of($1)", month)
            cursor.adbc_ingest(partition, table, mode="append", db_schema_name="raw")
            written.rows |= {day: table.num_rows for day, table in tables.items()}
            written.customers |= {customer for customer in table["customer_id"].unique().to_pylist() if customer}
            written.partitions.append(partition)
    if fresh:
        cursor.adbc_ingest("loads", loads_table(fresh, written.rows, now), mode="append", db_schema_name="raw")
    # Last, because it waits for whoever reads the table, and lets nobody read it until the commit.
    for month in sorted({*map(_month, stale)} - {*map(_month, fresh)}):
        _call(cursor, "select raw.drop_if_empty($1)", month)
    return written


def _read_month(
    store: ObjectStore, digests: dict[date, str], now: datetime, month: date, days: list[date]
) -> tuple[date, dict[date, pa.Table]]:
    return month, {day: day_table(store, day, digests[day], now) for day in days}


def _month(day: date) -> date:
    return day.replace(day=1)


def _call(cursor: Cursor, query: str, day: date) -> Any:
    cursor.execute(query, (day,))
    row = cursor.fetchone()
    assert row is not None
    return row[0]


def _analyze(connection: psycopg.Connection[Any], partitions: Iterable[str]) -> None:
    """Without statistics the first queries over a freshly filled partition are planned as if it were empty.

    A small sample does: it is a month's rows that are counted. Autovacuum looks more closely later.
    """
    from psycopg import sql

    connection.execute("set default_statistics_target = 10")
    for partition in partitions:
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier("raw", partition)))


def _hashes(connection: psycopg.Connection[Any], table: str, start: date, end: date) -> dict[date, str]:
    from psycopg import sql

    query = sql.SQL("select invoice_date, sha256 from {} where invoice_date between %s and %s order by 1")
    return dict(connection.execute(query.format(sql.Identifier(*table.split("."))), (start, end)).fetchall())
