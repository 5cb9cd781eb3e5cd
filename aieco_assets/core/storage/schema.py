"""The roles and tables that belong to the platform itself: `sql/NN_name.sql`, applied when they have changed."""

from __future__ import annotations

from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from aieco_assets.core.storage.access import ensure_roles
from aieco_assets.core.storage.locks import limit_waits, with_patience
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

# Any constant: whoever applies the schema holds this advisory lock, so that two processes can start at once.
_SCHEMA_LOCK = 7_214_001


def ensure_schema(url: str) -> None:
    """Make the roles, then apply every `sql/NN_name.sql` in name order; each statement is idempotent.

    Scripts that this database has seen as they are now are not run again: even `if not exists` waits for whoever
    is writing to the table, and lets nobody read it meanwhile. They are when the roles have changed, or when a table
    that we may give to its layer's role belongs to somebody else (restored, or made by hand). Raises LockHeld when
    somebody else's transaction stays in the way.
    """
    folder = files("aieco_assets.core.storage") / "sql"
    names = sorted(file.name for file in folder.iterdir() if file.name.endswith(".sql"))
    scripts = [(folder / name).read_text() for name in names]

    def apply(again: bool) -> bool:
        """Whether the scripts were, or had been, applied; only `again` runs them."""
        with connect(url) as connection:
            connection.execute("select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            digest = sha256("\0".join([*scripts, ensure_roles(connection)]).encode()).hexdigest()
            if _is_applied(connection, digest):
                return True
            if again:
                limit_waits(connection)
                for script in scripts:
                    connection.execute(script.encode())
                connection.execute("truncate ops.schema_applied")
                connection.execute("insert into ops.schema_applied (sha256) values (%s)", (digest,))
            return again

    # A command that has nothing to apply starts no watch over locks.
    if not apply(again=False):
        with_patience(url, lambda: apply(again=True))


def _is_applied(connection: psycopg.Connection[Any], digest: str) -> bool:
    ((known,),) = connection.execute("select to_regclass('ops.schema_applied') is not null").fetchall()
    if not known or not connection.execute("select from ops.schema_applied where sha256 = %s", (digest,)).fetchall():
        return False
    return not connection.execute("select from ops.astray").fetchall()
