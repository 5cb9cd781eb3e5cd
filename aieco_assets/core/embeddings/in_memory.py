"""A small published version kept in memory: the engine takes milliseconds to plan what numpy does in 0.1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Chunk, Within
from aieco_assets.core.embeddings.corpus import Vectors

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from lancedb.table import Table

IN_MEMORY_ROWS = 20_000  # some 50 MB; beyond, the engine's own search costs less than all the arithmetic
_COLUMNS = ["chunk_id", "sha256", "document", "page", "start", "end", "text", "heading"]


class InMemory:
    """Vectors and chunks of one version, which never changes. Row ids are the engine's, so that both can be mixed."""

    def __init__(self, ids: np.ndarray, vectors: np.ndarray, rows: pa.Table) -> None:
        import numpy as np

        self._ids, self._rows = ids, rows
        self._vectors = Vectors(vectors, np.arange(len(ids)))
        coded = rows["document"].combine_chunks().dictionary_encode()
        self._documents, self._document_of = coded.dictionary.to_pylist(), coded.indices.to_numpy()
        self._places = {int(one): place for place, one in enumerate(ids)}

    @classmethod
    def of(cls, table: Table, most: int = IN_MEMORY_ROWS) -> InMemory | None:
        """The version that `table` has checked out; None when it has more rows, or rows without a vector."""
        import numpy as np

        if not 0 < table.count_rows() <= most:
            return None
        rows = table.search().select([*_COLUMNS, "vector"]).with_row_id(True).to_arrow().combine_chunks()
        vectors = rows["vector"].combine_chunks()
        if vectors.null_count:
            return None
        flat = vectors.flatten().to_numpy(zero_copy_only=False).astype(np.float32, copy=False)
        ids = rows["_rowid"].to_numpy()
        return cls(ids, flat.reshape(len(ids), -1), rows.select(_COLUMNS))

    def near(
        self, vector: Sequence[float] | np.ndarray, most: int, within: Within | None = None
    ) -> list[tuple[int, float]]:
        """(row id, likeness) by the distance from the vector, the nearest first."""
        import numpy as np

        also = None
        if within is not None:
            also = np.array([within.admits(path) for path in self._documents])[self._document_of]
        return [(int(self._ids[place]), likeness) for place, likeness in self._vectors.near(vector, most, also)]

    def chunks(self, ids: Sequence[int]) -> list[Chunk]:
        """The chunks of these row ids, in their order."""
        taken = self._rows.take([self._places[one] for one in ids])
        return [Chunk(**row) for row in taken.to_pylist()]
