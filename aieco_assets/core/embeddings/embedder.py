"""The embedder of chunks and questions, loaded once per process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from aieco_assets.core.embeddings.bert_encoder import BertEncoder, Unsupported
from aieco_assets.core.embeddings.prompts import Prompts, prompts_of
from aieco_assets.core.embeddings.token_vectors import TokenVectors
from aieco_assets.core.embeddings.torch_encoder import TorchEncoder, gpu_present
from aieco_assets.core.embeddings.weights import model_folder, model_version
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import numpy as np

NO_PROMPTS = Prompts()
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
