"""The words of the chunks, and how often each is used."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lancedb.table import Table

_BETWEEN = r"[^\p{L}]+"
_SHORTEST = 3
_AT_ONCE = 20_000  # chunks, some 10 MB of text


def word_counts(chunks: Table) -> dict[str, int]:
    """Words of three letters and more, in small letters, of the version that `chunks` has checked out, titles and
    headings included. 100,000 chunks take about two seconds."""
    import pyarrow.compute as pc

    name = "indexed_text" if "indexed_text" in chunks.schema.names else "text"  # of a version published before
    counts: Counter[str] = Counter()
    # Batch by batch: one array of texts ends at 2 GiB, some four million chunks.
    for batch in chunks.search().select([name]).to_batches(_AT_ONCE):
        words = pc.split_pattern_regex(pc.utf8_lower(batch[name]), pattern=_BETWEEN).flatten()  # pyright: ignore[reportAttributeAccessIssue]
        words = words.filter(pc.greater_equal(pc.utf8_length(words), _SHORTEST))  # pyright: ignore[reportAttributeAccessIssue]
        counts.update({one["values"]: one["counts"] for one in words.value_counts().to_pylist()})
    return dict(counts)
