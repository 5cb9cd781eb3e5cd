"""One embedder for chunks and questions, and the step that gives every chunk its vector."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHUNKS_TABLE
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table, quote
from aieco_assets.core.embeddings.weights import model_folder, model_version
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from lancedb.table import Table

BATCH = 32
WINDOW = 4_096  # chunks embedded between two writes
_loaded: dict[tuple[Path, str], Embedder] = {}
_loading = threading.Lock()


class Embedder:
    """Texts to vectors of length 1. `version` changes with the weights or anything else that changes vectors."""

    def __init__(self, name: str, version: str, model: Any) -> None:
        self.name, self.version = name, version
        self.dimension: int = model.get_embedding_dimension()
        self._model = model
        # The tokenizer is not thread-safe ("Already borrowed"); torch uses every core anyway.
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """float32 (n, dimension), rows L2-normalised, in the order of `texts`. `progress` gets the count done so far.

        Batches go by length, so that short texts are not padded to long ones.
        """
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            with self._lock:
                vectors[batch] = self._model.encode(
                    [texts[index] for index in batch],
                    batch_size=BATCH,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
            if progress:
                progress(min(first + BATCH, len(order)))
        return vectors


@dataclass(frozen=True)
class EmbedSync:
    """What an embedding run did: chunks embedded now, chunks there are, with which embedder.

    `bytes` of text embedded now; `digest` names the chunks and the embedder.
    """

    embedded: int
    chunks: int
    embedder: str
    embedder_version: str
    bytes: int = 0
    digest: str = ""


def load_embedder(settings: Settings) -> Embedder:
    """The embedder of the settings, loaded once per process. Raises AiecoError when it is not there or not sound."""
    name, folder = model_folder(settings)
    version = model_version(settings, folder)
    with _loading:
        if (folder, version) not in _loaded:
            _loaded[folder, version] = Embedder(name, version, _load(folder))
        return _loaded[folder, version]


def identify_embedder(settings: Settings) -> tuple[str, str]:
    """(name, version) of the settings' embedder, without loading it. Raises AiecoError like `load_embedder`."""
    name, folder = model_folder(settings)
    return name, model_version(settings, folder)


def _load(folder: Path) -> Any:
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        # From files that we have hashed, never from a hub; safetensors only, because pickled weights can run code.
        return SentenceTransformer(str(folder), local_files_only=True, model_kwargs={"use_safetensors": True})
    except (OSError, ValueError, KeyError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise AiecoError(f"{folder} is not a sentence-transformers model ({reason}): mend AIECO_EMBEDDER.") from None


def embed_missing(
    settings: Settings, embedder: Embedder | None = None, progress: Callable[[int, int], None] | None = None
) -> EmbedSync:
    """Embed the chunks that lack a vector of the embedder's version; `progress` gets (done, total).

    Without `embedder` it is that of the settings, loaded only when a chunk lacks its vector: its version tells.
    Written every few thousand chunks, so that a killed run goes on where it was.
    """
    table = open_table(connect_vectors(settings), CHUNKS_TABLE)
    name, version = (embedder.name, embedder.version) if embedder else identify_embedder(settings)
    missing = f"embedder_version is null or embedder_version != {quote(version)} or vector is null"
    total = table.count_rows(missing)
    done = size = 0
    if total:
        embedder = embedder or load_embedder(settings)
        _fit_column(table, embedder.dimension)
    while done < total:
        assert embedder is not None
        rows = table.search().select(["chunk_id", "text", "heading"]).where(missing).limit(WINDOW).to_list()
        texts = [embedding_text(row["text"], row["heading"]) for row in rows]
        vectors = embedder.encode(texts, (lambda n, at=done: progress(at + n, total)) if progress else None)
        _write(table, [row["chunk_id"] for row in rows], vectors, embedder)
        done += len(rows)
        size += sum(len(text.encode()) for text in texts)
    ids = sorted(column(table, "chunk_id")["chunk_id"].to_pylist())
    digest = hashlib.sha256("\n".join([version, *ids]).encode()).hexdigest()[:32]
    return EmbedSync(done, len(ids), name, version, size, digest)


def embedding_text(text: str, heading: str) -> str:
    """What stands for a chunk in vector space: its text under its heading. The path is not in it: renames are free."""
    return text if not heading or text.startswith(heading) else f"{heading}\n{text}"


def _fit_column(table: Table, dimension: int) -> None:
    """Give the vector column the embedder's dimension; published versions keep theirs."""
    import pyarrow as pa

    if table.schema.field("vector").type.list_size != dimension:
        table.drop_columns(["vector"])
        table.add_columns(pa.field("vector", pa.list_(pa.float32(), dimension)))


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
