"""Advisory locks of Postgres that are held for longer than one transaction of the work that they guard.

Each is held by a transaction that is open for nothing else, on a connection of its own: a killed holder's ends with it.
A lock of a session would be lost behind PgBouncer in transaction mode, where the next statement is another session's,
and the session that has it is given to somebody else and never lets go. An open transaction keeps its session there.

Such a transaction sees nothing: for as long as one does, Postgres keeps every row that is deleted meanwhile, and an
erasure can't end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

# A server that ends idle transactions means those that somebody forgot. The second one is there since Postgres 17.
_FOR_LONG = """
    select set_config(name, '0', true) from pg_settings
    where name in ('idle_in_transaction_session_timeout', 'transaction_timeout')
"""
_NAMES = 30  # the seed by which names become numbers


@contextmanager
def held(url: str, key: int | str) -> Iterator[None]:
    """Waits for the lock and has it while inside, on whichever machine. What went on without it, because Postgres
    ended the lock's connection, fails at the end with psycopg's OperationalError."""
    with connect(url) as connection:
        keep_open(connection)
        if isinstance(key, str):
            connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, %s))", (key, _NAMES))
        else:
            connection.execute("select pg_advisory_xact_lock(%s)", (key,))
        see_nothing(connection)
        yield


def try_to_hold(url: str, key: int) -> psycopg.Connection[Any] | None:
    """The connection whose open transaction has the lock until it is closed; None while somebody else has it."""
    connection = connect(url)
    keep_open(connection)
    ((ours,),) = connection.execute("select pg_try_advisory_xact_lock(%s)", (key,)).fetchall()
    if ours:
        see_nothing(connection)
        return connection
    connection.rollback()
    connection.close()
    return None


def keep_open(connection: psycopg.Connection[Any]) -> None:
    """No limit of the server ends the transaction that is begun here."""
    connection.execute(_FOR_LONG)


def see_nothing(connection: psycopg.Connection[Any]) -> None:
    """Lets go of what the last statement of an open transaction saw: one with values keeps it until the next one, and
    this one has none."""
    connection.execute("select")
