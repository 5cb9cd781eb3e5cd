"""Documents in the lake: bytes once per content, and a manifest that knows what was current when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.manifest import (
    DocumentRow,
    DocumentSync,
    current_documents,
    documents_as_of,
    write_manifest,
)
from aieco_assets.core.knowledge.source_comparison import compare_sources
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import ObjectStore, open_store
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from aieco_assets.core.declared.sources import DeclaredSource

__all__ = [
    "DocumentRow",
    "DocumentSync",
    "current_documents",
    "document_bytes",
    "documents_as_of",
    "pending_documents",
    "sync_documents",
]

OBJECTS = "documents/objects"
MANIFEST_LOCK = 7_214_010  # advisory lock of whoever compares and writes the manifest


def sync_documents(
    settings: Settings, store: ObjectStore | None = None, declared: Sequence[DeclaredSource] = ()
) -> DocumentSync:
    """Bring the lake and its manifest up to the sources, in one transaction; objects are written before it ends.

    `declared`: the sources beside that of the settings; what one brought that is no more declared goes. Raises
    AiecoError when a source is missing or holds nothing usable: that must not wipe a filled knowledge base.
    """
    lake = store or open_store(settings.lake, settings)

    def keep(sha256: str, data: bytes) -> None:
        if not lake.exists(_key(sha256)):
            lake.put(_key(sha256), data)

    from aieco_assets.core.declared.sources import DOCUMENTS, record_sources

    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (MANIFEST_LOCK,))
        moment = datetime.now(timezone.utc)
        comparison, listing = compare_sources(settings, connection, keep, declared)
        write_manifest(connection, comparison, moment)
        record_sources(connection, DOCUMENTS, declared)
    return comparison.summary(listing)


def pending_documents(settings: Settings, declared: Sequence[DeclaredSource] = ()) -> DocumentSync:
    """What `sync_documents` would do now. Writes nothing; reads only files whose size or stamp changed."""
    with connect(settings.warehouse) as connection:
        comparison, listing = compare_sources(settings, connection, lambda sha256, data: None, declared)
    return comparison.summary(listing)


def document_bytes(settings: Settings, sha256: str, store: ObjectStore | None = None) -> bytes:
    """The bytes behind a hash of the manifest. Raises AiecoError when the lake lost them."""
    lake = store or open_store(settings.lake, settings)
    if not lake.exists(_key(sha256)):
        raise AiecoError(f"{lake.url(_key(sha256))} is missing: restore it, or delete AIECO_HOME and run again.")
    return lake.get(_key(sha256))


def _key(sha256: str) -> str:
    return f"{OBJECTS}/{sha256}"
