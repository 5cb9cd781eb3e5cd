"""Connections to Postgres, COPY, and the databases that the platform needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError, Unavailable

if TYPE_CHECKING:
    import psycopg

_keeping: ContextVar[bool] = ContextVar("keeping_connections", default=False)


@contextmanager
def kept_connections() -> Iterator[None]:
    """Inside, connections are kept for whoever connects next in this way: for servers, which connect all the time."""
    token = _keeping.set(True)
    try:
        yield
    finally:
        _keeping.reset(token)


def connect(url: str, autocommit: bool = False) -> psycopg.Connection[tuple[Any, ...]]:
    """Open a connection; as a context manager it is one transaction (commit, or roll back on an error).

    Raises Unavailable, an AiecoError, when the server does not answer; the sentence names host and database, never the
    password.
    """
    import psycopg

    # Behind PgBouncer in transaction mode a prepared statement is another session's at its next use.
    options: dict[str, Any] = {"connect_timeout": 10, "application_name": "aieco", "prepare_threshold": None}
    try:
        if _keeping.get():
            from aieco_assets.core.storage.pool import open_kept

            return open_kept(url, autocommit, **options)
        return psycopg.connect(url, autocommit=autocommit, **options)
    except (psycopg.OperationalError, psycopg.ProgrammingError) as error:
        raise Unavailable(
            f"Postgres at {redacted(url)} does not let us in ({_first_line(error, url)}): "
            "start it, or mend AIECO_POSTGRES_URL."
        ) from None


def read_made(url: str, query: str, values: Sequence[Any], what: str, model: str) -> list[tuple[Any, ...]]:
    """The rows of a query over a model of dbt. Raises AiecoError where there is none yet of `what` it holds."""
    from psycopg import errors

    try:
        with connect(url) as connection:
            return connection.execute(query.encode(), values).fetchall()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        raise not_made(what, model) from None


def not_made(what: str, model: str) -> AiecoError:
    return AiecoError(f"There are no {what} yet: run `aieco run --select {model}`.")


def copy_rows(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """COPY rows into `schema.table`; returns how many. Commits nothing."""
    from psycopg import sql

    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(*table.split(".")), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def count_rows(connection: psycopg.Connection[Any], schema: str, table: str) -> int:
    """How many rows a table has now."""
    from psycopg import sql

    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table))
    ((rows,),) = connection.execute(query).fetchall()
    return rows


def ensure_databases(url: str, names: Sequence[str]) -> None:
    """Create the databases that are missing on the server of `url` (it may be the maintenance database itself)."""
    from psycopg import errors, sql

    with connect(url, autocommit=True) as connection:
        present = {name for (name,) in connection.execute("select datname from pg_database")}
        for name in names:
            if name in present:
                continue
            try:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
            except (errors.DuplicateDatabase, errors.UniqueViolation):
                continue
            except errors.InsufficientPrivilege:
                raise AiecoError(
                    f"The Postgres user of {redacted(url)} may not create the database {name}: "
                    "create it, or grant CREATEDB."
                ) from None


def redacted(url: str) -> str:
    """host:port/database of a url, fit for a message."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or 'local socket'}:{parts.port or 5432}{parts.path}"
    except ValueError:
        return "the given url"


def _first_line(error: Exception, url: str) -> str:
    line = (str(error).strip().splitlines() or ["no reason given"])[-1]
    password = urlsplit(url).password if "@" in url else None
    return line.replace(password, "***") if password else line
