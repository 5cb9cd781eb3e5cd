"""One look at the warehouse: nothing changes while facts are gathered, and moments are told in UTC wherever it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


@contextmanager
def looking(settings: Settings) -> Iterator[Any]:
    """A connection that reads the warehouse as it is at its first query, and writes nothing."""
    with connect(settings.warehouse) as connection:
        connection.execute("set transaction isolation level repeatable read, read only")
        connection.execute("set local time zone 'UTC'")
        yield connection
