"""Transactions from the lake into raw.transactions: whole days, replaced in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timezone
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.landing import exclusive
from aieco_assets.core.retail.source import lines_key
from aieco_assets.core.storage.objects import ObjectStore, open_store

if TYPE_CHECKING:
    import psycopg
    import pyarrow as pa

    from aieco_assets.core.settings import Settings

_DAYS_AT_ONCE = 32  # bounds the memory of a long range


@dataclass(frozen=True)
class LoadResult:
    """raw.transactions over the asked range after loading; `days`: the invoice dates that were replaced just now."""

    rows: int
    rows_loaded: int
    days: tuple[date, ...]
    content_sha256: str


def load_days(settings: Settings, start: date, end: date, lake: ObjectStore | None = None) -> LoadResult:
    """Make raw.transactions equal to the lake for start..end (both included).

    Only days whose content hash differs from the loaded one are touched, all in one transaction: readers see the old
    days or the new ones. Days that left the lake leave the table.
    """
    with exclusive(settings) as connection:
        wanted = _hashes(connection, "lake.transaction_days", start, end)
        loaded = _hashes(connection, "raw.loads", start, end)
        stale = sorted(day for day in wanted.keys() | loaded.keys() if wanted.get(day) != loaded.get(day))
        rows_loaded = 0
        if stale:
            fresh = {day: wanted[day] for day in stale if day in wanted}
            rows_loaded = _replace(settings, lake or open_store(settings.lake, settings), stale, fresh)
            # Without statistics the first queries over a freshly filled table are planned as if it were empty.
            connection.execute("analyze raw.transactions")
        (rows,) = connection.execute(
            "select coalesce(sum(rows), 0) from raw.loads where invoice_date between %s and %s", (start, end)
        ).fetchone() or (0,)
        digest = sha256("\n".join(f"{day} {value}" for day, value in sorted(wanted.items())).encode()).hexdigest()
        return LoadResult(int(rows), rows_loaded, tuple(stale), digest)


def _replace(settings: Settings, store: ObjectStore, stale: list[date], fresh: dict[date, str]) -> int:
    """Delete the stale days and COPY the fresh ones through ADBC, which streams Arrow as binary COPY."""
    import pyarrow as pa
    from adbc_driver_postgresql import dbapi

    now = datetime.now(timezone.utc)
    counts: dict[date, int] = {}
    with dbapi.connect(settings.warehouse) as adbc, adbc.cursor() as cursor:
        stale_days = pa.record_batch([pa.array(stale, pa.date32())], ["invoice_date"])
        cursor.executemany("delete from raw.transactions where invoice_date = $1", stale_days)
        cursor.executemany("delete from raw.loads where invoice_date = $1", stale_days)
        for start in range(0, len(fresh), _DAYS_AT_ONCE):
            tables = {day: _day(store, day, fresh[day], now) for day in list(fresh)[start : start + _DAYS_AT_ONCE]}
            cursor.adbc_ingest("transactions", pa.concat_tables(tables.values()), mode="append", db_schema_name="raw")
            counts |= {day: table.num_rows for day, table in tables.items()}
        if fresh:
            cursor.adbc_ingest("loads", _loads(fresh, counts, now), mode="append", db_schema_name="raw")
        adbc.commit()
    return sum(counts.values())


def _day(store: ObjectStore, day: date, digest: str, now: datetime) -> pa.Table:
    """One day of the lake in the table's column order. Raises AiecoError when it is not what was landed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = store.get(lines_key(day))
    if sha256(data).hexdigest() != digest:
        url = store.url(lines_key(day))
        raise AiecoError(f"{url} is not what was landed: delete it and materialise lake/transactions again.")
    table = pq.read_table(BytesIO(data))
    schema = _schema()
    table = table.append_column("_extra", _jsonb(table["extra"] if "extra" in table.column_names else None, table))
    for name, value in (("invoice_date", day), ("_loaded_at", now)):
        table = table.append_column(name, pa.repeat(pa.scalar(value, schema.field(name).type), table.num_rows))
    return table.select(schema.names).cast(schema)


def _schema() -> pa.Schema:
    """raw.transactions as Arrow; binary COPY needs exactly the table's types."""
    import pyarrow as pa

    return pa.schema(
        {
            "invoice_date": pa.date32(),
            "invoice_no": pa.string(),
            "stock_code": pa.string(),
            "description": pa.string(),
            "quantity": pa.int32(),
            "invoiced_at": pa.timestamp("us"),
            "unit_price": pa.decimal128(14, 4),
            "customer_id": pa.string(),
            "country": pa.string(),
            "_source_file": pa.string(),
            "_row_number": pa.int32(),
            "_loaded_at": pa.timestamp("us", tz="UTC"),
            "_extra": pa.binary(),
        }
    )


def _jsonb(texts: pa.ChunkedArray | None, table: pa.Table) -> pa.Array | pa.ChunkedArray:
    """JSON texts as binary COPY wants jsonb: version byte 1, then the text. ADBC has no type for it.

    None: a day that was landed before there was the column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if texts is None:
        return pa.nulls(table.num_rows, pa.binary())
    parts = [pa.scalar("\x01"), texts.cast(pa.string()), pa.scalar("")]  # the last one is what stands between
    return pc.call_function("binary_join_element_wise", parts).cast(pa.binary())


def _loads(fresh: dict[date, str], counts: dict[date, int], now: datetime) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema(
        {
            "invoice_date": pa.date32(),
            "sha256": pa.string(),
            "rows": pa.int32(),
            "loaded_at": pa.timestamp("us", tz="UTC"),
        }
    )
    rows = [(day, digest, counts[day], now) for day, digest in fresh.items()]
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def _hashes(connection: psycopg.Connection[Any], table: str, start: date, end: date) -> dict[date, str]:
    from psycopg import sql

    query = sql.SQL("select invoice_date, sha256 from {} where invoice_date between %s and %s order by 1")
    return dict(connection.execute(query.format(sql.Identifier(*table.split("."))), (start, end)).fetchall())
