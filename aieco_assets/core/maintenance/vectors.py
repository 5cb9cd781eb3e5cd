"""LanceDB: small files become large ones, and what only old versions need is removed."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE
from aieco_assets.core.embeddings.tables import connect_vectors
from aieco_assets.core.maintenance.result import Freed, size_of
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from lancedb.table import Table

# How long a reader may take over the version that it began to read.
_READING = timedelta(hours=1)


def compact_vectors(settings: Settings, dry_run: bool, reading: timedelta = _READING) -> Freed:
    """Every table that is not published: sentences read ahead, words, vectors beside. Counts the old versions that go.

    Chunks and pages are compacted by each publication, down to the versions that can be searched; to do it in between
    would write versions that nobody published. Whoever writes the others leaves what was younger than a reader may be
    old then: where nothing changes any more that would stay for ever. A table without old versions is left alone, as
    even a compaction that finds nothing writes one.
    """
    database = connect_vectors(settings)
    before, versions = _bytes(settings), 0
    for name in sorted(set(database.table_names(limit=1_000)) - {CHUNKS_TABLE, PAGES_TABLE}):
        table = database.open_table(name)
        old = _older(table, reading)
        versions += old
        if old and not dry_run:
            table.optimize(cleanup_older_than=reading)
    return Freed("old versions of LanceDB tables", versions, 0 if dry_run else max(0, before - _bytes(settings)))


def _older(table: Table, age: timedelta) -> int:
    limit = datetime.now() - age  # LanceDB gives local time without a zone
    return sum(entry["timestamp"] < limit for entry in table.list_versions()[:-1])


def _bytes(settings: Settings) -> int:
    return size_of([Path(settings.lancedb)]) if "://" not in settings.lancedb else 0
