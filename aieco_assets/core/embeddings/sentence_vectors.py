"""Sentences and words as the embedder read them when the index was made: what a question need not wait for."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import READINGS_TABLE, WORDS_TABLE
from aieco_assets.core.embeddings.tables import any_of, column, connect_vectors, quote
from aieco_assets.core.embeddings.token_vectors import TokenVectors
from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    import numpy as np
    from lancedb.table import Table

    from aieco_assets.core.settings import Settings

logger = logging.getLogger(__name__)
VECTORS = ("alone", "whole", "tokens", "scales", "spans")


@dataclass(frozen=True)
class Reading:
    """A sentence by itself, as one vector, and in its context, as the vectors of its tokens."""

    alone: np.ndarray
    near: TokenVectors


def reading_id(embedder_version: str, page_id: str, context: str, sentence: str) -> str:
    """Names a reading by all that it depends on, so that a stored one can be missing but never wrong."""
    return hashlib.sha256("\n".join([embedder_version, page_id, context, sentence]).encode()).hexdigest()[:32]


class Readings:
    """What was read ahead by one version of an embedder. Any number of threads may ask.

    Always the latest state, whatever version of the chunks is searched: ids come from content. What is not there, in a
    home of before there were readings or a large one, is read when it is asked for.
    """

    def __init__(self, settings: Settings, embedder_version: str) -> None:
        self._settings, self._version = settings, embedder_version

    def sentences(self, ids: Sequence[str]) -> dict[str, Reading]:
        """Those of `ids` that were read ahead."""
        rows = self._rows(READINGS_TABLE, ["reading_id", *VECTORS], any_of("reading_id", ids)) if ids else []
        return {row["reading_id"]: unpacked(row) for row in rows}

    def words(self) -> dict[str, np.ndarray]:
        """Every word and title that was read ahead."""
        import numpy as np

        rows = self._rows(WORDS_TABLE, ["text", "vector"], f"embedder_version = {quote(self._version)}")
        return {row["text"]: np.frombuffer(row["vector"], np.float16).astype(np.float32) for row in rows}

    @cached_property
    def _tables(self) -> dict[str, Table]:
        database = connect_vectors(self._settings)
        wanted = {READINGS_TABLE, WORDS_TABLE} & set(database.table_names(limit=1_000))
        return {name: database.open_table(name) for name in wanted}

    def _rows(self, name: str, columns: list[str], where: str) -> list[dict[str, Any]]:
        """Of the latest state. This is only a shortcut: a store that fails costs time and no answer."""
        try:
            table = self._tables.get(name)
            if table is None:
                self.__dict__.pop("_tables", None)  # looked for again: the first run may be on its way
                return []
            table.checkout_latest()
            return column(table, *columns, where=where).to_pylist()
        except (AiecoError, OSError, RuntimeError, ValueError) as error:
            logger.warning("What was read ahead can't be used: %s", error)
            return []


def packed(reading: Reading) -> dict[str, bytes]:
    """As columns: 16 bits a number for whole vectors, 8 bits and a scale per token for those of tokens."""
    import numpy as np

    near = reading.near
    scales = (np.abs(near.vectors).max(axis=1, initial=0.0) / 127).astype(np.float32)
    levels = np.rint(near.vectors / np.where(scales == 0, 1, scales)[:, None]).astype(np.int8)
    return {
        "alone": reading.alone.astype(np.float16).tobytes(),
        "whole": near.whole.astype(np.float16).tobytes(),
        "tokens": levels.tobytes(),
        "scales": scales.tobytes(),
        "spans": np.array(near.spans, dtype=np.int32).tobytes(),
    }


def unpacked(row: Mapping[str, Any]) -> Reading:
    import numpy as np

    alone, whole = (np.frombuffer(row[name], np.float16).astype(np.float32) for name in ("alone", "whole"))
    scales = np.frombuffer(row["scales"], np.float32)
    # Not as long as the whole vector where a layer stands between both.
    levels = np.frombuffer(row["tokens"], np.int8)
    dimension = len(levels) // len(scales) if len(scales) else len(whole)
    vectors = levels.reshape(len(scales), dimension) * scales[:, None]
    spans = np.frombuffer(row["spans"], np.int32).reshape(-1, 2).tolist()
    return Reading(alone, TokenVectors(whole, vectors, tuple((start, end) for start, end in spans)))
