"""Objects of the lake that the manifest does not know: what a killed sync had written before its rows."""

from __future__ import annotations

from aieco_assets.core.knowledge.lake import MANIFEST_LOCK, OBJECTS
from aieco_assets.core.maintenance.result import Freed
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import open_store
from aieco_assets.core.storage.postgres import connect


def remove_orphans(settings: Settings, dry_run: bool) -> Freed:
    """Bytes of documents that no row of lake.documents names, past versions included: those are kept for `--as-of`.

    Nobody writes the manifest meanwhile. (Days of transactions: each landing removes its own.)
    """
    lake = open_store(settings.lake, settings)
    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (MANIFEST_LOCK,))
        named = {sha256 for (sha256,) in connection.execute("select distinct sha256 from lake.documents")}
        orphans = [key for key in lake.list(f"{OBJECTS}/") if key.removeprefix(f"{OBJECTS}/") not in named]
        size = sum(lake.size(key) for key in orphans)
        for key in [] if dry_run else orphans:
            lake.delete(key)
    return Freed("objects of the lake that no document names", len(orphans), size)
