"""Postgres keeps what was deleted: in dead rows, statistics and the write-ahead log, until it is written over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.locks import LOCK_TIMEOUT_SECONDS, Holder, naming_holder
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

_PATIENCE_SECONDS = 20.0
_PATIENCE_BEFORE_SECONDS = 10.0
_MOST_SEGMENTS = 256  # of 16 MB: far more than the embedded server keeps
_NOW = "select pg_current_xact_id()::xid::text"
# What keeps rows alive that were deleted before that: who looks at this database as it was, and who began to write
# before, in any database of the server, as whoever looks from now on looks at all as it was for them, `vacuum` too. It
# passes over a vacuum that does not write its table anew.
_OBSERVERS = """
    select null, pid, coalesce(usename, backend_type), application_name, host(client_addr), xact_start
    from pg_stat_activity
    where pid <> pg_backend_pid() and pid not in (select pid from pg_stat_progress_vacuum) and (
        datname = current_database() and age(backend_xmin) >= age(%(now)s::xid) or age(backend_xid) >= age(%(now)s::xid)
    )
    order by xact_start limit 1
"""
_PREPARED = """
    select gid, owner, database from pg_prepared_xacts where age(transaction) >= age(%(now)s::xid)
    order by prepared limit 1
"""
# Partitions go with the table that they are of.
_TABLES = """
    select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and not c.relispartition and n.nspname !~ '^(pg_|information_schema)'
    order by 1, 2
"""
# Segments after the one that is written to: they were used before, and hold what they held then.
_RECYCLED = (
    "select count(*) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' and name > pg_walfile_name(pg_current_wal_lsn())"
)


def refuse_observers(url: str) -> None:
    """Raises AiecoError when somebody has a transaction open who would keep `rewrite` from its end: for before anything
    is erased."""
    with connect(url, autocommit=True) as connection:
        _wait_for_observers(connection, _PATIENCE_BEFORE_SECONDS, "nothing was touched")


def rewrite(url: str) -> int:
    """Writes every table of a database anew, the statistics, too; bytes that the database has then.

    Raises AiecoError when somebody has a transaction open who can still see what was deleted, or holds a table, and
    when the disk has no room for the largest table once more.
    """
    from psycopg import errors, sql

    with naming_holder(url), connect(url, autocommit=True) as connection:
        _wait_for_observers(connection, _PATIENCE_SECONDS, "Postgres keeps it on the disk")
        connection.execute(f"set lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'".encode())
        try:
            tables = [sql.Identifier(*table) for table in connection.execute(_TABLES.encode()).fetchall()]
            if tables:
                connection.execute(sql.SQL("vacuum (full, analyze) {}").format(sql.SQL(", ").join(tables)))
            for catalog in ("pg_statistic", "pg_statistic_ext_data"):
                connection.execute(f"vacuum (full) pg_catalog.{catalog}".encode())
        except errors.DiskFull:
            raise AiecoError(
                "Postgres has no room to write its tables anew, so deleted rows are still on the disk: free some, and "
                "erase again."
            ) from None
        finally:
            if not connection.broken:  # behind PgBouncer the session is somebody else's next
                connection.execute("reset lock_timeout")
        ((size,),) = connection.execute("select pg_database_size(current_database())").fetchall()
    return size


def empty_log(settings: Settings) -> str:
    """Makes the server let go of its old write-ahead log; empty, or why it did not: a sentence for the certificate."""
    from psycopg import errors

    with connect(settings.warehouse, autocommit=True) as connection:
        try:
            with _not_recycling(connection):
                for _ in range(_MOST_SEGMENTS):
                    connection.execute("checkpoint")
                    ((left,),) = connection.execute(_RECYCLED.encode()).fetchall()
                    connection.execute("select pg_switch_wal()")
                    if not left:
                        break
                connection.execute("checkpoint")
        except errors.InsufficientPrivilege:
            return (
                "The write-ahead log of the Postgres behind AIECO_POSTGRES_URL is its administrator's: it and backups "
                "hold what was deleted until they are written over or expire."
            )
    return ""


@contextmanager
def _not_recycling(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Inside, a segment that is not needed any more is removed instead of being kept under another name."""
    connection.execute("alter system set wal_recycle = off")
    try:
        connection.execute("select pg_reload_conf()")
        end = time.monotonic() + _PATIENCE_SECONDS
        while connection.execute("show wal_recycle").fetchone() != ("off",) and time.monotonic() < end:
            time.sleep(0.05)
        yield
    finally:
        connection.execute("alter system reset wal_recycle")
        connection.execute("select pg_reload_conf()")


def _wait_for_observers(connection: psycopg.Connection[Any], patience: float, so: str) -> None:
    """Until nobody sees what was deleted before. Raises AiecoError, with what it means, for who still does then."""
    end = time.monotonic() + patience
    now = {"now": connection.execute(_NOW.encode()).fetchall()[0][0]}
    while found := _observer(connection, now):
        if time.monotonic() > end:
            who, mend = found
            raise AiecoError(f"{who} can still see what is erased, so {so}: {mend}, and erase again.")
        time.sleep(0.1)


def _observer(connection: psycopg.Connection[Any], now: dict[str, str]) -> tuple[str, str] | None:
    """Who it is, and what ends it."""
    if row := connection.execute(_OBSERVERS.encode(), now).fetchone():
        holder = Holder(*row)
        return holder.session(), holder.mend()
    if row := connection.execute(_PREPARED.encode(), now).fetchone():
        name, owner, database = row
        return f"The transaction {name} that {owner} has prepared", f"commit it or roll it back in {database}"
    return None
