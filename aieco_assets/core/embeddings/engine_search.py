"""The engine's searches through its asynchronous interface: the other one goes five times through a thread of its own
for each question, which takes twice as long, and longer when many ask; and here both searches are on their way at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from aieco_assets.core.contracts import CHUNKS_TABLE, Within
from aieco_assets.core.embeddings.tables import in_documents, open_checked_out

if TYPE_CHECKING:
    import numpy as np
    from lancedb.table import AsyncTable

    from aieco_assets.core.settings import Settings

T = TypeVar("T")
_here = threading.local()


class EngineSearch:
    """The chunks of one version by their words and vectors. Any number of threads may search, each with an event loop
    of its own; none that runs one already."""

    def __init__(self, settings: Settings, version: int) -> None:
        self._table: AsyncTable = _finished(open_checked_out(settings, CHUNKS_TABLE, version))
        columns = _finished(self._table.schema()).names
        self._column = "indexed_text" if "indexed_text" in columns else "text"  # of a version published before

    def words(self, question: str, most: int, within: Within | None = None) -> list[tuple[int, float]]:
        """(row id, score) by BM25, the best first. The question is text, not a query."""
        return _finished(self._words(question, most, in_documents(within)))

    def both(
        self, question: str, vector: np.ndarray | list[float], probes: int, most: int, within: Within | None = None
    ) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
        """The nearest vectors with their likeness, reading so many partitions of their index, and the words."""
        where = in_documents(within)

        async def both() -> Any:
            return await asyncio.gather(self._near(vector, probes, most, where), self._words(question, most, where))

        near, words = _finished(both())
        return near, words

    async def _words(self, question: str, most: int, where: str | None) -> list[tuple[int, float]]:
        from lancedb.query import MatchQuery

        words = MatchQuery(question, self._column)  # pyright: ignore[reportCallIssue]
        query = self._table.query().nearest_to_text(words).select(["_rowid", "_score"]).with_row_id().limit(most)
        found = await (query.where(where) if where else query).to_arrow()
        return list(zip(found["_rowid"].to_pylist(), found["_score"].to_pylist(), strict=True))

    async def _near(
        self, vector: np.ndarray | list[float], probes: int, most: int, where: str | None
    ) -> list[tuple[int, float]]:
        query = self._table.query().nearest_to(list(map(float, vector))).column("vector").nprobes(probes)
        query = query.select(["_rowid", "_distance"]).with_row_id().limit(most)
        found = await (query.where(where) if where else query).to_arrow()
        return [(one, -far) for one, far in zip(*(found[n].to_pylist() for n in ("_rowid", "_distance")), strict=True)]


def _finished(work: Coroutine[Any, Any, T]) -> T:
    loop: asyncio.AbstractEventLoop | None = getattr(_here, "loop", None)
    if loop is None:
        loop = _here.loop = asyncio.new_event_loop()
    return loop.run_until_complete(work)
