"""Vectors of an embedder that is not in production, in a table beside: of one that may be, or of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHUNKS_TABLE
from aieco_assets.core.embeddings.tables import any_of, column, connect_vectors, open_table, quote

if TYPE_CHECKING:
    import pyarrow as pa
    from lancedb import DBConnection
    from lancedb.table import Table

    from aieco_assets.core.embeddings.embedder import Embedder
    from aieco_assets.core.settings import Settings

_PREFIX = "vectors_"
_WINDOW = 4_096  # chunks between two writes
_BATCH = 500  # ids in one predicate


def embed_beside(settings: Settings, embedder: Embedder) -> int:
    """A vector of this embedder for every chunk, beside those in use. Returns how many were made now.

    Killed anywhere and run again it goes on where it was; chunks that are gone are dropped.
    """
    import pyarrow as pa

    database = connect_vectors(settings)
    chunks = column(open_table(database, CHUNKS_TABLE), "chunk_id", "text", "indexed_text").to_pylist()
    table = _table(database, embedder.version, embedder.dimension)
    known = set(column(table, "chunk_id")["chunk_id"].to_pylist())
    _drop(table, sorted(known - {row["chunk_id"] for row in chunks}))
    missing = [row for row in chunks if row["chunk_id"] not in known]
    for first in range(0, len(missing), _WINDOW):
        rows = missing[first : first + _WINDOW]
        vectors = embedder.encode_document([row["indexed_text"] or row["text"] for row in rows])
        found = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), embedder.dimension)
        _write(table, pa.table([pa.array([row["chunk_id"] for row in rows]), found], schema=table.schema))
    return len(missing)


def keep_beside(database: DBConnection, chunks: Table, version: str) -> None:
    """Copy the vectors of `version` out of the chunks, before another's take their place."""
    import pyarrow as pa

    theirs = column(chunks, "chunk_id", "vector", where=f"vector is not null and embedder_version = {quote(version)}")
    if theirs.num_rows:
        table = _table(database, version, theirs.schema.field("vector").type.list_size)
        _write(table, pa.table([theirs[name] for name in table.schema.names], schema=table.schema))


def vectors_beside(database: DBConnection, version: str) -> pa.Table | None:
    """`chunk_id` and `vector` of what lies beside for this embedder; None when nothing does."""
    name = f"{_PREFIX}{version}"
    return column(database.open_table(name), "chunk_id", "vector") if name in _tables(database) else None


def drop_beside(database: DBConnection, version: str) -> None:
    if f"{_PREFIX}{version}" in _tables(database):
        database.drop_table(f"{_PREFIX}{version}")


def versions_beside(database: DBConnection) -> set[str]:
    """Embedder versions whose vectors lie beside."""
    return {name.removeprefix(_PREFIX) for name in _tables(database) if name.startswith(_PREFIX)}


def _tables(database: DBConnection) -> list[str]:
    return list(database.table_names(limit=1_000))


def _table(database: DBConnection, version: str, dimension: int) -> Table:
    import pyarrow as pa
    from lancedb.table import LanceTable

    name = f"{_PREFIX}{version}"
    if name in _tables(database):
        return database.open_table(name)
    key = pa.field("chunk_id", pa.string(), nullable=False)
    table = database.create_table(name, schema=pa.schema([key, pa.field("vector", pa.list_(pa.float32(), dimension))]))
    assert isinstance(table, LanceTable)
    table.set_unenforced_primary_key(["chunk_id"])
    return table


def _write(table: Table, rows: pa.Table) -> None:
    table.merge_insert("chunk_id").when_matched_update_all().when_not_matched_insert_all().execute(rows)


def _drop(table: Table, ids: list[str]) -> None:
    for first in range(0, len(ids), _BATCH):
        table.delete(any_of("chunk_id", ids[first : first + _BATCH]))
