"""Embeds the chunks that lack their vectors; the cost follows what changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHUNKS_TABLE
from aieco_assets.core.embeddings.candidate_vectors import drop_beside, keep_beside, vectors_beside
from aieco_assets.core.embeddings.embedder import Embedder, identify_embedder, load_embedder
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table, quote
from aieco_assets.core.embeddings.worker_embedder import encode_documents, named
from aieco_assets.core.engine import LOCAL, Step, map_batches
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from lancedb import DBConnection
    from lancedb.table import Table

WINDOW = 4_096  # chunks embedded between two writes
_AWAY_WINDOW = 16 * WINDOW  # the same on other machines: a window ends with the slowest of them
_BATCH = 128  # of a window: alike wherever it is embedded, for a vector's last digits depend on its batch


@dataclass(frozen=True)
class EmbedSync:
    """What an embedding run did: chunks embedded now, chunks there are, with which embedder.

    `taken`: vectors that were made before, beside those in use. `bytes` of text embedded now; `digest` names the chunks
    and the embedder.
    """

    embedded: int
    chunks: int
    embedder: str
    embedder_version: str
    bytes: int = 0
    digest: str = ""
    taken: int = 0


def embed_missing(
    settings: Settings, embedder: Embedder | None = None, progress: Callable[[int, int], None] | None = None
) -> EmbedSync:
    """Embed the chunks that lack a vector of the embedder's version; `progress` gets (done, total).

    Without `embedder` it is that of the settings, loaded only when a chunk lacks its vector: its version tells.
    Written every few thousand chunks, so that a killed run goes on where it was.
    """
    import numpy as np

    table = open_table(connect_vectors(settings), CHUNKS_TABLE)
    name, version = (embedder.name, embedder.version) if embedder else identify_embedder(settings)
    missing = f"embedder_version is null or embedder_version != {quote(version)} or vector is null"
    total = table.count_rows(missing)
    done = size = taken = 0
    if total:
        embedder = embedder or load_embedder(settings)
        database = connect_vectors(settings)
        for other in _versions(table) - {version}:
            keep_beside(database, table, other)
        _fit_column(table, embedder.dimension)
        taken = _take_from_beside(table, database, missing, embedder)
        total -= taken
    while done < total:
        assert embedder is not None
        limit = WINDOW if settings.engine == LOCAL else _AWAY_WINDOW
        rows = table.search().select(["chunk_id", "text", "indexed_text"]).where(missing).limit(limit).to_list()
        texts = [row["indexed_text"] or row["text"] for row in rows]
        step = Step(embedder.encode_document, encode_documents, named(settings, version))
        batches = (texts[first : first + _BATCH] for first in range(0, len(texts), _BATCH))
        vectors = []
        with closing(map_batches(step, batches, settings)) as encoded:
            for part in encoded:
                vectors.append(part)
                done += len(part)
                if progress:
                    progress(done, total)
        _write(table, [row["chunk_id"] for row in rows], np.concatenate(vectors), embedder)
        size += sum(len(text.encode()) for text in texts)
    ids = sorted(column(table, "chunk_id")["chunk_id"].to_pylist())
    digest = hashlib.sha256("\n".join([version, *ids]).encode()).hexdigest()[:32]
    return EmbedSync(done, len(ids), name, version, size, digest, taken)


def _fit_column(table: Table, dimension: int) -> None:
    """Give the vector column the embedder's dimension; published versions keep theirs."""
    import pyarrow as pa

    if table.schema.field("vector").type.list_size != dimension:
        table.drop_columns(["vector"])
        table.add_columns(pa.field("vector", pa.list_(pa.float32(), dimension)))


def _versions(table: Table) -> set[str]:
    """Embedder versions whose vectors the chunks hold."""
    found = column(table, "embedder_version", where="vector is not null and embedder_version is not null")
    return set(found["embedder_version"].unique().to_pylist())


def _take_from_beside(table: Table, database: DBConnection, missing: str, embedder: Embedder) -> int:
    """Vectors that were made before, for a gate or when this embedder was in production once. Returns how many."""
    import numpy as np
    import pyarrow.compute as pc

    beside = vectors_beside(database, embedder.version)
    if beside is None:
        return 0
    wanted = beside.filter(pc.is_in(beside["chunk_id"], column(table, "chunk_id", where=missing)["chunk_id"]))  # pyright: ignore[reportAttributeAccessIssue]
    for first in range(0, wanted.num_rows, WINDOW):
        rows = wanted.slice(first, WINDOW).combine_chunks()
        vectors = np.stack(rows["vector"].to_numpy(zero_copy_only=False))
        _write(table, rows["chunk_id"].to_pylist(), vectors.astype(np.float32), embedder)
    drop_beside(database, embedder.version)
    return wanted.num_rows


def _write(table: Table, ids: list[str], vectors: np.ndarray, embedder: Embedder) -> None:
    import pyarrow as pa

    names = ("chunk_id", "embedder", "embedder_version", "vector")
    columns = [
        pa.array(ids),
        pa.array([embedder.name] * len(ids)),
        pa.array([embedder.version] * len(ids)),
        pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), embedder.dimension),
    ]
    schema = pa.schema([table.schema.field(name) for name in names])
    data = pa.Table.from_arrays(columns, schema=schema)
    table.merge_insert("chunk_id").when_matched_update_all().execute(data)
