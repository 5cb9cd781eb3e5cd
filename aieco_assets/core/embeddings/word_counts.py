"""The words of the chunks, and how often each is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lancedb.table import Table

_WORD = r"\p{L}{3,}"


def word_counts(chunks: Table) -> dict[str, int]:
    """Words of three letters and more, in small letters, of the version that `chunks` has checked out, titles and
    headings included. 100,000 chunks take about a second."""
    import polars as pl

    name = "indexed_text" if "indexed_text" in chunks.schema.names else "text"  # of a version published before
    texts = pl.Series(chunks.search().select([name]).to_arrow()[name])
    words = texts.str.to_lowercase().str.extract_all(_WORD).explode().drop_nulls()
    return dict(words.value_counts().iter_rows())
