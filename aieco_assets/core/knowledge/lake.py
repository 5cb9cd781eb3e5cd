"""Documents in the lake: bytes once per content, and a manifest that knows what was current when."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.tombstones import read_tombstones
from aieco_assets.core.knowledge.attachments import attachments_of
from aieco_assets.core.knowledge.manifest import (
    Comparison,
    DocumentRow,
    DocumentSync,
    current_documents,
    documents_as_of,
    last_change,
    write_manifest,
)
from aieco_assets.core.knowledge.source import DocumentSource, Listing
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import ObjectStore, open_store
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

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


def sync_documents(settings: Settings, store: ObjectStore | None = None) -> DocumentSync:
    """Bring the lake and its manifest up to the source, in one transaction; objects are written before it ends.

    Raises AiecoError when the source is missing or holds nothing usable: that must not wipe a filled knowledge base.
    """
    lake = store or open_store(settings.lake, settings)

    def keep(sha256: str, data: bytes) -> None:
        if not lake.exists(_key(sha256)):
            lake.put(_key(sha256), data)

    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(%s)", (MANIFEST_LOCK,))
        moment = datetime.now(timezone.utc)
        comparison, listing = _compare(settings, connection, keep)
        write_manifest(connection, comparison, moment)
    return comparison.summary(listing)


def pending_documents(settings: Settings) -> DocumentSync:
    """What `sync_documents` would do now. Writes nothing; reads only files whose size or stamp changed."""
    with connect(settings.warehouse) as connection:
        comparison, listing = _compare(settings, connection, lambda sha256, data: None)
    return comparison.summary(listing)


def document_bytes(settings: Settings, sha256: str, store: ObjectStore | None = None) -> bytes:
    """The bytes behind a hash of the manifest. Raises AiecoError when the lake lost them."""
    lake = store or open_store(settings.lake, settings)
    if not lake.exists(_key(sha256)):
        raise AiecoError(f"{lake.url(_key(sha256))} is missing: restore it, or delete AIECO_HOME and run again.")
    return lake.get(_key(sha256))


def _key(sha256: str) -> str:
    return f"{OBJECTS}/{sha256}"


def _compare(
    settings: Settings, connection: psycopg.Connection[Any], keep: Callable[[str, bytes], None]
) -> tuple[Comparison, Listing]:
    source = DocumentSource(settings)
    listing = source.list()
    rows = connection.execute("select path, sha256, bytes, stamp from lake.documents where removed_at is null")
    comparison = Comparison(
        {path: (sha256, size, stamp) for path, sha256, size, stamp in rows}, last_change(connection)
    )
    stones = read_tombstones(settings, connection)
    for file in listing.files:
        if stones.hold("path", file.path):
            comparison.erased += 1
            continue
        if file.refused:
            comparison.refused.append((file.path, file.refused))
            continue
        known = comparison.known.get(file.path)
        if known and file.stamp and known[1:] == (file.bytes, file.stamp):
            comparison.found[file.path] = (file, known[0])
            comparison.keep_attachments(file)
            continue
        try:
            data = source.read(file.path)
        except FileNotFoundError:  # deleted since it was listed
            continue
        except OSError as error:
            comparison.refused.append((file.path, f"it cannot be read ({error.strerror})"))
            continue
        sha256 = hashlib.sha256(data).hexdigest()
        if stones.hold("document", sha256):
            comparison.erased += 1
            continue
        keep(sha256, data)
        comparison.found[file.path] = (file, sha256)
        for attachment, content in attachments_of(file, data):
            digest = hashlib.sha256(content).hexdigest()
            if stones.hold("path", attachment.path) or stones.hold("document", digest):
                comparison.erased += 1
                continue
            keep(digest, content)
            comparison.found[attachment.path] = (attachment, digest)
    if not comparison.found:
        _refuse_emptiness(source.url, comparison)
    return comparison, listing


def _refuse_emptiness(url: str, comparison: Comparison) -> None:
    if comparison.erased and not comparison.refused:
        raise AiecoError(f"All that {url} holds was erased here: put another document there or mend AIECO_DOCUMENTS.")
    kept = f"; the {len(comparison.known)} documents known so far are kept" if comparison.known else ""
    if comparison.refused:
        path, reason = comparison.refused[0]
        raise AiecoError(f"No document in {url} can be used ({path}: {reason}){kept}: mend it or set AIECO_DOCUMENTS.")
    raise empty_source(url, kept)


def empty_source(url: str, kept: str = "") -> AiecoError:
    *most, last = (suffix.lstrip(".") for suffix in DOCUMENT_TYPES)
    kinds = f"{', '.join(most)} or {last}"
    return AiecoError(f"{url} holds no {kinds} file{kept}: put one there or mend AIECO_DOCUMENTS.")
