"""The chunks of one version held in memory, so that any part of them can be searched as if there were no others.

Made when the first reader comes who may not read everything. 100,000 chunks: 150 MB of vectors, 100 MB of words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aieco_assets.core.embeddings.bm25 import Part, TermIndex, tokens_of
from aieco_assets.core.embeddings.word_counts import DocumentWords

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from lancedb.table import Table

_COPIED = 0.5  # share of the chunks up to which a part has its vectors side by side, which is faster and takes memory
_ORDER = [("document", "descending"), ("page", "ascending"), ("start", "ascending")]  # as a first run writes them


class Corpus:
    """`ids`: the engine's row ids of all chunks, whose places (0, 1, …) all else counts by. `contents`: digests of the
    documents, and `content_of` the place in them for each chunk."""

    def __init__(self, chunks: Table) -> None:
        import numpy as np

        text = "indexed_text" if "indexed_text" in chunks.schema.names else "text"  # of a version published before
        columns = ["document", "sha256", "page", "start", "heading", "vector", text]
        rows = chunks.search().select(columns).with_row_id(True).to_arrow()
        rows = rows.sort_by([*_ORDER, ("_rowid", "ascending")]).combine_chunks()
        self.ids = rows["_rowid"].to_numpy()
        coded = _column(rows, "sha256").dictionary_encode()
        self.contents: list[str] = coded.dictionary.to_pylist()
        self.content_of = coded.indices.to_numpy()
        self.dimension: int = chunks.schema.field("vector").type.list_size
        flat = _column(rows, "vector").flatten().to_numpy(zero_copy_only=False)
        self._vectors = flat.astype(np.float32, copy=False).reshape(len(self.ids), self.dimension)
        self._headings = _column(rows, "heading")
        texts = _column(rows, text)
        self.terms = TermIndex.of(tokens_of(texts.fill_null("").to_pylist()), len(self.ids))
        self.words = DocumentWords(texts, self.content_of)

    def vectors_of(self, admits: np.ndarray) -> Vectors:
        """Those of a part: bool (chunks)."""
        import numpy as np

        places = np.flatnonzero(admits)
        if len(places) == len(admits):
            return Vectors(self._vectors, places)
        if len(places) > _COPIED * len(admits):
            return Vectors(self._vectors, np.arange(len(admits)), admits)
        return Vectors(self._vectors[places], places)

    def best_words(self, question: str, part: Part, most: int, also: np.ndarray | None) -> list[tuple[int, float]]:
        """(place, score) by BM25 with the counts of the part, the best first; `also`: bool (chunks), which may come."""
        import numpy as np

        scores = self.terms.scores(question, part)
        found = np.flatnonzero(scores if also is None else scores * also)
        best = found[_first(-scores[found], most)]
        return list(zip(best.tolist(), scores[best].tolist(), strict=True))

    def headings(self, admits: np.ndarray) -> list[tuple[int, str]]:
        """(place in `contents`, heading) of the chunks of a part that have one."""
        import numpy as np
        import pyarrow.compute as pc

        headed = pc.not_equal(self._headings, "").to_numpy(zero_copy_only=False)  # pyright: ignore[reportAttributeAccessIssue]
        places = np.flatnonzero(admits & headed)
        return list(zip(self.content_of[places].tolist(), self._headings.take(places).to_pylist(), strict=True))


class Vectors:
    """The vectors of a part and the places of their chunks; where `admits` is given, of others, too, which never
    come."""

    def __init__(self, vectors: np.ndarray, places: np.ndarray, admits: np.ndarray | None = None) -> None:
        import numpy as np

        self._vectors, self._places, self._admits = vectors, places, admits
        self._squares = np.einsum("ij,ij->i", vectors, vectors)

    def near(
        self, vector: Sequence[float] | np.ndarray, most: int, also: np.ndarray | None = None
    ) -> list[tuple[int, float]]:
        """(place, likeness) by the distance from the vector, the nearest first; `also`: bool (chunks), which may
        come."""
        import numpy as np

        # |a - b| squared without what all rows share, |b| squared.
        distances = self._squares - 2 * (self._vectors @ np.asarray(vector, dtype=np.float32))
        places = self._places
        if self._admits is not None:
            also = self._admits if also is None else also & self._admits
        if also is not None:
            inside = also[places]
            places, distances = places[inside], distances[inside]
        nearest = _first(distances, most)
        return list(zip(places[nearest].tolist(), (-distances[nearest]).tolist(), strict=True))


def _first(values: np.ndarray, most: int) -> np.ndarray:
    """Places of the smallest values, the smallest first; what is equal stays in its order."""
    import numpy as np

    if len(values) <= most:
        return np.argsort(values, kind="stable")
    last = np.partition(values, most - 1)[most - 1]
    few = np.flatnonzero(values <= last)
    return few[np.argsort(values[few], kind="stable")][:most]


def _column(rows: pa.Table, name: str) -> pa.Array:
    column = rows[name].combine_chunks()
    return column.chunk(0) if hasattr(column, "num_chunks") else column
