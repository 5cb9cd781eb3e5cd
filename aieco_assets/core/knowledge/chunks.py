"""Brings the chunks and pages in LanceDB up to the manifest; the cost follows what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import chain
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE
from aieco_assets.core.embeddings.production import fewest_tokens
from aieco_assets.core.embeddings.tables import any_of, column, connect_vectors, open_table, quote, write_rows
from aieco_assets.core.engine import map_batches
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.knowledge.carried_chunks import replace_chunks
from aieco_assets.core.knowledge.chunking import TOKENS
from aieco_assets.core.knowledge.document_facts import DocumentFacts, write_facts
from aieco_assets.core.knowledge.lake import current_documents, document_bytes
from aieco_assets.core.knowledge.manifest import DocumentRow, replace_quarantine
from aieco_assets.core.knowledge.read_batch import PARSER, ToRead, batched, judge, reading_step
from aieco_assets.core.knowledge.reader import DocumentReader
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import ObjectStore, open_store
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from lancedb.table import Table

SOURCE = "knowledge/chunks"  # who quarantined it
_FLUSH_CHUNKS = 2_000


@dataclass(frozen=True)
class ChunkSync:
    """What a refresh did, and what there is now. current = documents + quarantined (by content, not by path).

    `digest` names the documents that were read and the version of reader and chunker.
    """

    parsed: int = 0
    removed: int = 0
    renamed: int = 0
    current: int = 0
    documents: int = 0
    quarantined: int = 0
    pages: int = 0
    chunks: int = 0
    bytes_parsed: int = 0
    digest: str = ""

    @property
    def changed(self) -> int:
        return self.parsed + self.removed + self.renamed


@dataclass
class _Plan:
    """Hashes to parse and to delete, and hashes whose path is another now. Equal bytes are one document."""

    parse: dict[str, DocumentRow]
    delete: list[str]
    rename: dict[str, str]
    quarantined: dict[str, str] = field(default_factory=dict)  # sha256 -> reason


def refresh_chunks(settings: Settings, reader: DocumentReader | None = None) -> ChunkSync:
    """Parse and cut the documents that are new, drop those that are gone, follow renames.

    Killed anywhere and run again it ends in the same rows: a document counts as done when its pages are written,
    which happens after its chunks. Documents that can't be read are quarantined with the reason.
    Raises AiecoError where nothing was landed yet.
    """
    database = connect_vectors(settings)
    chunks, pages = open_table(database, CHUNKS_TABLE), open_table(database, PAGES_TABLE)
    with connect(settings.warehouse) as connection:
        current = {row.sha256: row for row in reversed(current_documents(connection))}  # first path of equal bytes
        # Of a source that was emptied: when that was seen.
        ((seen,),) = connection.execute(
            "select coalesce(max(last_seen) filter (where removed_at is null), max(removed_at)) from lake.documents"
        ).fetchall()
        known = connection.execute(
            "select sha256, reason from lake.document_quarantine where source = %s and reader = %s", (SOURCE, judge())
        ).fetchall()
    if seen is None:
        raise AiecoError("No document is in the lake yet: land them first (`aieco run`, or lake/documents with this).")
    tokens = min(fewest_tokens(settings) or TOKENS, TOKENS)
    parser = PARSER if tokens == TOKENS else f"{PARSER}.{tokens}"
    plan = _plan(current, chunks, pages, parser, {sha: why for sha, why in known if sha in current})
    _delete(pages, chunks, sorted(set(plan.delete) - set(plan.parse)))
    _delete(pages, None, sorted(set(plan.delete) & set(plan.parse)))
    for sha256, path in plan.rename.items():
        for table in (chunks, pages):
            table.update(where=f"sha256 = {quote(sha256)}", values={"document": path})
    _parse(settings, open_store(settings.lake, settings), plan, chunks, pages, reader, (tokens, parser))
    refused = [(current[sha].path, "content", why, sha, judge()) for sha, why in plan.quarantined.items()]
    with connect(settings.warehouse) as connection:
        replace_quarantine(connection, SOURCE, refused, datetime.now(timezone.utc))
        connection.execute(
            "insert into lake.chunks_as_of (as_of) values (%s)"
            " on conflict (one_row) do update set as_of = excluded.as_of",
            (seen,),
        )
    return ChunkSync(
        parsed=len(plan.parse),
        removed=len(set(plan.delete) - set(plan.parse)),
        renamed=len(plan.rename),
        current=len(current),
        documents=len(current) - len(plan.quarantined),
        quarantined=len(plan.quarantined),
        pages=pages.count_rows(),
        chunks=chunks.count_rows(),
        bytes_parsed=sum(row.bytes for row in plan.parse.values()),
        digest=_digest(parser, (row for sha, row in current.items() if sha not in plan.quarantined)),
    )


def unread_documents(settings: Settings) -> tuple[list[str], list[tuple[str, str]]]:
    """(paths of current documents that have neither pages nor a reason, (path, reason) of those that have a reason)."""
    pages = open_table(connect_vectors(settings), PAGES_TABLE)
    read = {row["sha256"] for row in _distinct(pages, "sha256")}
    with connect(settings.warehouse) as connection:
        documents = current_documents(connection)
        refused = connection.execute(
            "select sha256, path, reason from lake.document_quarantine where source = %s order by path", (SOURCE,)
        ).fetchall()
    known = read | {sha for sha, _, _ in refused}
    return [row.path for row in documents if row.sha256 not in known], [(path, why) for _, path, why in refused]


def _digest(parser: str, rows: Iterable[DocumentRow]) -> str:
    lines = sorted(f"{row.sha256} {row.path}" for row in rows)
    return hashlib.sha256("\n".join([parser, *lines]).encode()).hexdigest()[:32]


def _plan(
    current: dict[str, DocumentRow], chunks: Table, pages: Table, parser: str, quarantined: dict[str, str]
) -> _Plan:
    stored = {
        row["sha256"]: (row["document"], row["parser"]) for row in _distinct(pages, "sha256", "document", "parser")
    }
    done = {sha for sha, (_, made_by) in stored.items() if made_by == parser and sha in current}
    present = {row["sha256"] for row in _distinct(chunks, "sha256")} | set(stored)
    return _Plan(
        parse={sha: row for sha, row in current.items() if sha not in done and sha not in quarantined},
        # Of a document that will be parsed again nothing may stay but the vectors of what is the same.
        delete=sorted(present - done),
        rename={sha: current[sha].path for sha in sorted(done) if stored[sha][0] != current[sha].path},
        quarantined=quarantined,
    )


def _distinct(table: Table, *names: str) -> list[dict[str, Any]]:
    return column(table, *names).group_by(list(names)).aggregate([]).to_pylist()


def _delete(pages: Table | None, chunks: Table | None, hashes: list[str]) -> None:
    """Pages first: a document without pages is parsed again should we be killed in between."""
    for first in range(0, len(hashes), 500):
        for table in (pages, chunks):
            if table is not None:
                table.delete(any_of("sha256", hashes[first : first + 500]))


def _parse(
    settings: Settings,
    lake: ObjectStore,
    plan: _Plan,
    chunks: Table,
    pages: Table,
    reader: DocumentReader | None,
    cut: tuple[int, str],
) -> None:
    """Read what is new by the engine of the settings and write it in batches. `cut`: tokens that are read of a chunk,
    and what names the way of reading and cutting."""
    chunk_rows: list[dict[str, Any]] = []
    page_rows: list[dict[str, Any]] = []
    facts: list[DocumentFacts] = []
    old = set(plan.delete)

    def flush() -> None:
        replace_chunks(chunks, chunk_rows, sorted({row["sha256"] for row in page_rows} & old))
        write_facts(settings, facts)
        write_rows(pages, "page_id", page_rows)
        for rows in (chunk_rows, page_rows, facts):
            rows.clear()

    documents = (
        ToRead(sha256, row.path, row.media_type, document_bytes(settings, sha256, lake))
        for sha256, row in plan.parse.items()
    )
    with (
        reader or DocumentReader() as worker,
        closing(map_batches(reading_step(worker, *cut), batched(documents), settings)) as read,
    ):
        for one in chain.from_iterable(read):
            if one.facts is None:
                plan.quarantined[one.sha256] = one.refused
                _delete(None, chunks, [one.sha256] if one.sha256 in old else [])
                continue
            chunk_rows += one.chunks
            page_rows += one.pages
            facts.append(one.facts)
            if len(chunk_rows) >= _FLUSH_CHUNKS:
                flush()
    flush()
