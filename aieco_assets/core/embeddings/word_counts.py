"""The words of the chunks, and how often each is used: of a whole version, or of some of its documents."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from lancedb.table import Table

_BETWEEN = r"[^\p{L}]+"
_SHORTEST = 3
_AT_ONCE = 20_000  # chunks, some 10 MB of text


def word_counts(chunks: Table) -> dict[str, int]:
    """Words of three letters and more, in small letters, of the version that `chunks` has checked out, titles and
    headings included. 100,000 chunks take about two seconds."""
    name = "indexed_text" if "indexed_text" in chunks.schema.names else "text"  # of a version published before
    counts: Counter[str] = Counter()
    # Batch by batch: one array of texts ends at 2 GiB, some four million chunks.
    for batch in chunks.search().select([name]).to_batches(_AT_ONCE):
        words, _ = _words(batch[name])
        counts.update({one["values"]: one["counts"] for one in words.value_counts().to_pylist()})
    return dict(counts)


class DocumentWords:
    """The same counts, kept by document, so that those of some documents are had without reading any text."""

    def __init__(self, texts: pa.Array, documents: np.ndarray) -> None:
        """`documents`: int (texts), the number of the document that each text is of."""
        import numpy as np

        words, text_of = _words(texts)
        coded = words.dictionary_encode()
        self._words: list[str] = coded.dictionary.to_pylist()
        width = max(1, len(self._words))
        keys = documents[text_of].astype(np.int64) * width + coded.indices.to_numpy()
        keys, self._counts = np.unique(keys, return_counts=True)
        self._documents, self._codes = (keys // width).astype(np.int32), (keys % width).astype(np.int32)

    def of(self, documents: np.ndarray) -> dict[str, int]:
        """`documents`: bool, by number: whose words are counted."""
        import numpy as np

        inside = documents[self._documents]
        counts = np.bincount(self._codes[inside], self._counts[inside], minlength=len(self._words)).astype(np.int64)
        return {self._words[code]: int(counts[code]) for code in np.flatnonzero(counts).tolist()}


def _words(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """The words, and the place of the text that each is in."""
    import pyarrow.compute as pc

    split = pc.split_pattern_regex(pc.utf8_lower(texts), pattern=_BETWEEN)  # pyright: ignore[reportAttributeAccessIssue]
    words, text_of = split.flatten(), pc.list_parent_indices(split)  # pyright: ignore[reportAttributeAccessIssue]
    long = pc.greater_equal(pc.utf8_length(words), _SHORTEST)  # pyright: ignore[reportAttributeAccessIssue]
    return words.filter(long), text_of.filter(long).to_numpy()
