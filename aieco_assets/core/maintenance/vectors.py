"""LanceDB: small files become large ones, and what only old versions need is removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE
from aieco_assets.core.embeddings.store import age_of_oldest_tag
from aieco_assets.core.embeddings.tables import connect_vectors
from aieco_assets.core.maintenance.freed import Freed, size_of
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from lancedb.table import Table

# How long a reader may take over the version that it began to read.
_READING = timedelta(hours=1)


def compact_vectors(settings: Settings, dry_run: bool, reading: timedelta = _READING) -> Freed:
    """Every table of the knowledge base; published versions stay. Counts the old versions that go.

    Publishing does the same for its tables, but leaves what was younger than a reader may be old then: of a knowledge
    base that nobody changes any more that would stay for ever.
    """
    database = connect_vectors(settings)
    before, versions = _bytes(settings), 0
    for name in database.table_names(limit=1_000):
        table = database.open_table(name)
        published = name in (CHUNKS_TABLE, PAGES_TABLE)
        age = max(reading, age_of_oldest_tag(table)) if published and table.tags.list() else reading
        versions += _older(table, age)
        if not dry_run:
            table.optimize(cleanup_older_than=age)
    return Freed("old versions of LanceDB tables", versions, 0 if dry_run else max(0, before - _bytes(settings)))


def _older(table: Table, age: timedelta) -> int:
    limit = datetime.now() - age  # LanceDB gives local time without a zone
    return sum(entry["timestamp"] < limit for entry in table.list_versions()[:-1])


def _bytes(settings: Settings) -> int:
    return size_of([Path(settings.lancedb)]) if "://" not in settings.lancedb else 0
