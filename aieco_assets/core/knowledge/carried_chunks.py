"""Chunks of documents that were read again: what is said as before keeps its vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aieco_assets.core.embeddings.chunk_text import indexed_text
from aieco_assets.core.embeddings.tables import any_of, write_rows

if TYPE_CHECKING:
    from lancedb.table import Table

_MADE = ("embedder", "embedder_version", "vector")


def replace_chunks(chunks: Table, rows: list[dict[str, Any]], read_again: Sequence[str]) -> None:
    """Write the chunks of some documents. `read_again`: hashes of those that have chunks already, which go.

    A chunk that is embedded as an old one of these documents takes its vector over, wherever it stands now. Killed in
    between, a vector may be lost and is then made again.
    """
    known: dict[str, dict[str, Any]] = {}
    if read_again:
        query = (
            chunks.search()
            .select(["text", "heading", "indexed_text", *_MADE])
            .where(f"vector is not null and {any_of('sha256', read_again)}")
        )
        for row in query.to_arrow().to_pylist():
            # Chunks of before there was a title in front of them have no indexed text.
            told = row["indexed_text"] or indexed_text("", row["heading"], row["text"])
            known[told] = {name: row[name] for name in _MADE}
        chunks.delete(any_of("sha256", read_again))
    pairs = [(row, known.get(row["indexed_text"])) for row in rows]
    write_rows(chunks, "chunk_id", [{**row, **made} for row, made in pairs if made])
    write_rows(chunks, "chunk_id", [row for row, made in pairs if not made])
