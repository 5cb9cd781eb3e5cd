"""Rows and texts of the databases that belong to an erased customer, or name what was erased."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aieco_assets.core.governance.redaction import Traces
from aieco_assets.core.storage.locks import limit_waits, naming_holder, with_patience
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

# Of the warehouse: what may not change, and holds no names by construction.
APPEND_ONLY = ("governance.audit", "governance.tombstones", "registry.alias_moves")
_OF_CUSTOMERS = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'customer_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and not c.relispartition and n.nspname !~ '^(pg_|information_schema)'
    order by 1, 2
"""
# Columns that may hold text; `is_key`: in a unique index, where a changed value may meet another one.
_TEXTS = """
    select n.nspname, c.relname, a.attname, t.typname, exists (
        select from pg_index i where i.indrelid = c.oid and i.indisunique and a.attnum = any(i.indkey)
    )
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    where c.relkind = 'r' and n.nspname !~ '^(pg_|information_schema)'
        and n.nspname <> all(%s) and n.nspname || '.' || c.relname <> all(%s)
        and t.typname in ('text', 'varchar', 'bpchar', 'json', 'jsonb', '_text', '_varchar', 'bytea')
    order by 1, 2, a.attnum
"""
# What tells an erasure of a document what belongs to it: erased by itself, and last.
_MANIFEST = ("lake.documents", "lake.document_facts", "lake.document_quarantine")
# Whose rows go by customer_id; their texts are the shop's own.
_LAYERS = ("raw", "marts", "features", "predictions", "staging")


@dataclass(frozen=True)
class _Column:
    schema: str
    table: str
    name: str
    kind: str
    is_key: bool


def customer_rows(url: str, customer: str) -> dict[str, int]:
    """Rows of the customer by table of the warehouse, those that have some."""
    with connect(url) as connection:
        counted = {table: _count(connection, table, customer) for table in _tables(connection)}
    return {".".join(table): rows for table, rows in counted.items() if rows}


def erase_rows(url: str, customer: str) -> dict[str, int]:
    """Deletes them, and brings the counts of raw.loads up to the lake; how many rows went of which table."""
    from psycopg import sql

    def erase() -> dict[str, int]:
        erased = {}
        with connect(url) as connection:
            limit_waits(connection)
            for table in _tables(connection):
                query = sql.SQL("delete from {} where customer_id = %s").format(sql.Identifier(*table))
                erased[".".join(table)] = connection.execute(query, (customer,)).rowcount
            # A day that was landed without her is loaded without her: the rows were deleted just now.
            connection.execute(
                "update raw.loads as loads set sha256 = days.sha256, rows = days.loaded"
                " from lake.transaction_days as days where days.invoice_date = loads.invoice_date and days.erased > 0"
                " and days.loaded = (select count(*) from raw.transactions r where r.invoice_date = days.invoice_date)"
            )
        return {table: rows for table, rows in erased.items() if rows}

    return with_patience(url, erase)


def redact(url: str, traces: Traces, quoting: tuple[str, ...] = ()) -> dict[str, int]:
    """Takes the traces out of every text of a database; how many cells changed, or rows went, of which table.

    Rows of the tables `quoting` go when they name what was erased, and so does a row whose key does.
    """
    changed: dict[str, int] = {}
    with naming_holder(url), connect(url) as connection:
        limit_waits(connection)
        for column in _columns(connection):
            table = f"{column.schema}.{column.table}"
            if cells := _redact_column(connection, column, traces, column.is_key or table in quoting):
                changed[table] = changed.get(table, 0) + cells
    return changed


def mentions(url: str, traces: Traces, tables: Iterable[str]) -> list[str]:
    """Those of the tables in which something is named; nothing is changed."""
    from psycopg import sql

    found = []
    with connect(url) as connection:
        for table in tables:
            query = sql.SQL(
                "select row::text from {} as row where exists"
                " (select from unnest(%s::text[]) as n where position(n in row::text) > 0)"
            ).format(sql.Identifier(*table.split(".")))
            if any(traces.named_in(text) for (text,) in connection.execute(query, (list(traces.needles),))):
                found.append(table)
    return found


def _redact_column(connection: psycopg.Connection[Any], column: _Column, traces: Traces, remove: bool) -> int:
    from psycopg import sql
    from psycopg.types.json import Json

    table, name = sql.Identifier(column.schema, column.table), sql.Identifier(column.name)
    query = sql.SQL(
        "select ctid::text, {} from {} where exists (select from unnest(%s::text[]) as n where position(n in {}) > 0)"
    ).format(name, table, _as_text(column, name))
    changed = 0
    for ctid, value in connection.execute(query, (list(traces.needles),)).fetchall():
        new = traces.redacted(bytes(value).decode("utf-8", "replace") if column.kind == "bytea" else value)
        if new == value or (column.kind == "bytea" and new.encode() == bytes(value)):
            continue
        if remove:
            connection.execute(sql.SQL("delete from {} where ctid = %s::tid").format(table), (ctid,))
        else:
            stored = Json(new) if column.kind in ("json", "jsonb") else new.encode() if column.kind == "bytea" else new
            update = sql.SQL("update {} set {} = %s where ctid = %s::tid").format(table, name)
            connection.execute(update, (stored, ctid))
        changed += 1
    return changed


def _as_text(column: _Column, name: Any) -> Any:
    from psycopg import sql

    return sql.SQL("encode({}, 'escape')" if column.kind == "bytea" else "{}::text").format(name)


def _columns(connection: psycopg.Connection[Any]) -> list[_Column]:
    rows = connection.execute(_TEXTS.encode(), (list(_LAYERS), [*APPEND_ONLY, *_MANIFEST])).fetchall()
    return [_Column(*row) for row in rows]


def _tables(connection: psycopg.Connection[Any]) -> Iterator[tuple[str, str]]:
    yield from connection.execute(_OF_CUSTOMERS.encode()).fetchall()


def _count(connection: psycopg.Connection[Any], table: tuple[str, str], customer: str) -> int:
    from psycopg import sql

    query = sql.SQL("select count(*) from {} where customer_id = %s").format(sql.Identifier(*table))
    ((rows,),) = connection.execute(query, (customer,)).fetchall()
    return rows
