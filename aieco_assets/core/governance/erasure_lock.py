"""Who erases is alone: no step of a run works meanwhile, and one that begins waits. A killed holder lets go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.advisory_locks import keep_open, see_nothing
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

_LOCK = (64, 2)
_PATIENCE_SECONDS = 10.0
_LOOK_SECONDS = 0.2


@contextmanager
def at_work(settings: Settings) -> Iterator[None]:
    """Inside, nobody erases; waits for an erasure that is going on. For every step of a run."""
    with connect(settings.warehouse) as connection:
        keep_open(connection)
        # Not within one statement: it would see what is being deleted for as long as it waits, and who erases waits
        # until nobody does.
        while not _taken(connection, "pg_try_advisory_xact_lock_shared"):
            time.sleep(_LOOK_SECONDS)
        yield


@contextmanager
def alone(settings: Settings, patience: float = _PATIENCE_SECONDS) -> Iterator[None]:
    """Inside, no step of a run works and nobody else erases. Raises AiecoError when somebody does."""
    # A transaction, for a lock of a session stays behind with PgBouncer. It may see nothing of what was deleted.
    with connect(settings.warehouse) as connection:
        keep_open(connection)
        end = time.monotonic() + patience
        while not _taken(connection, "pg_try_advisory_xact_lock"):
            if time.monotonic() > end:
                raise AiecoError("A run or another erasure is at work here: nothing was erased; wait for its end.")
            time.sleep(_LOOK_SECONDS)
        yield


def _taken(connection: psycopg.Connection[Any], function: str) -> bool:
    ((taken,),) = connection.execute(f"select {function}(%s, %s)".encode(), _LOCK).fetchall()
    see_nothing(connection)
    return taken
