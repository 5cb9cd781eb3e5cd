"""One embedder for chunks and questions, and the step that gives every chunk its vector."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aieco_assets.core.contracts import CHUNKS_TABLE
from aieco_assets.core.embeddings.bert_encoder import BertEncoder, Unsupported
from aieco_assets.core.embeddings.candidate_vectors import drop_beside, keep_beside, vectors_beside
from aieco_assets.core.embeddings.prompts import Prompts, prompts_of
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table, quote
from aieco_assets.core.embeddings.token_vectors import TokenVectors
from aieco_assets.core.embeddings.torch_encoder import TorchEncoder, gpu_present
from aieco_assets.core.embeddings.weights import model_folder, model_version
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import numpy as np
    from lancedb import DBConnection
    from lancedb.table import Table

NO_PROMPTS = Prompts()
WINDOW = 4_096  # chunks embedded between two writes
logger = logging.getLogger(__name__)
_loaded: dict[tuple[Path, str], Embedder] = {}
_loading = threading.Lock()


class Encoder(Protocol):
    """One way to compute a model's vectors; the ways agree to the sixth digit, so a version may mix them."""

    @property
    def backend(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray: ...

    def tokens(self, texts: Sequence[str]) -> list[TokenVectors]: ...


class Embedder:
    """Texts to vectors of length 1. `version` changes with the weights or anything else that changes vectors.

    `backend` says what computes: onnxruntime on the processor, sentence-transformers on a GPU and for models that only
    it knows.
    """

    def __init__(self, name: str, version: str, encoder: Encoder, prompts: Prompts = NO_PROMPTS) -> None:
        self.name, self.version, self.backend = name, version, encoder.backend
        self.dimension, self.prompts = encoder.dimension, prompts
        self._encoder = encoder

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """float32 (n, dimension), L2-normalised, in the order of `texts`, with nothing put in front of them.

        `progress` gets the count done so far.
        """
        return self._encoder.encode(texts, progress)

    def encode_query(self, texts: Sequence[str]) -> np.ndarray:
        """Questions, as the model's makers mean them."""
        return self._encoder.encode([self.prompts.query + text for text in texts])

    def encode_document(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """Documents and parts of them, as the model's makers mean them."""
        return self._encoder.encode([self.prompts.document + text for text in texts], progress)

    def query_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """For each question the vectors of its tokens, each as the model reads it in that question."""
        return self._tokens(self.prompts.query, texts)

    def document_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """The same of parts of documents."""
        return self._tokens(self.prompts.document, texts)

    def _tokens(self, prompt: str, texts: Sequence[str]) -> list[TokenVectors]:
        return [read.without(len(prompt)) for read in self._encoder.tokens([prompt + text for text in texts])]


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


def load_embedder(settings: Settings) -> Embedder:
    """The embedder of the settings, loaded once per process. Raises AiecoError when it is not there or not sound."""
    name, folder = model_folder(settings)
    version = model_version(settings, folder)
    with _loading:
        if (folder, version) not in _loaded:
            prompts = prompts_of(folder)
            encoder = _load(name, folder)
            _refuse_senseless(encoder, folder)
            _loaded[folder, version] = Embedder(name, version, encoder, prompts)
        return _loaded[folder, version]


def forget_embedder(version: str) -> None:
    """Keeps the embedder no longer for those who load it later: its memory goes with the last who uses it."""
    with _loading:
        for key in [key for key in _loaded if key[1] == version]:
            del _loaded[key]


def identify_embedder(settings: Settings) -> tuple[str, str]:
    """(name, version) of the settings' embedder, without loading it. Raises AiecoError like `load_embedder`."""
    name, folder = model_folder(settings)
    return name, model_version(settings, folder)


def _refuse_senseless(encoder: Encoder, folder: Path) -> None:
    """A model without its tokenizer is loaded all the same, and reads every text alike; one whose weights are broken
    gives no numbers."""
    import numpy as np

    # As many words in both, so that words which are not known are alike.
    one, other = encoder.encode(["seven red apples", "some quiet water"])
    if not np.isfinite([one, other]).all():
        raise AiecoError(f"{folder} gives no numbers: its weights are broken, point AIECO_EMBEDDER at a whole model.")
    if np.allclose(one, other, atol=1e-4):
        raise AiecoError(
            f"{folder} reads every text alike: its tokenizer (tokenizer.json or vocab.txt) is missing or another's, "
            "point AIECO_EMBEDDER at a whole model."
        )


def _load(name: str, folder: Path) -> Encoder:
    if gpu_present():
        return TorchEncoder(folder)
    try:
        return BertEncoder(folder)
    except Unsupported as reason:
        logger.info("%s is left to sentence-transformers: %s", name, reason)
    except Exception as error:  # a model that torch may still read; only speed is lost
        logger.warning("%s is left to sentence-transformers: %s", name, error)
    return TorchEncoder(folder)


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
        rows = table.search().select(["chunk_id", "text", "indexed_text"]).where(missing).limit(WINDOW).to_list()
        texts = [row["indexed_text"] or row["text"] for row in rows]
        vectors = embedder.encode_document(texts, (lambda n, at=done: progress(at + n, total)) if progress else None)
        _write(table, [row["chunk_id"] for row in rows], vectors, embedder)
        done += len(rows)
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
