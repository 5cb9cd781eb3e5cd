"""Any sentence-transformers model, on the GPU when there is one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.embeddings.token_vectors import TokenVectors, token_vectors
from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    import numpy as np

BATCH, BATCH_ON_GPU = 32, 128  # texts that are padded to one length; a GPU starves on fewer
_DRIVERS = ("/dev/nvidia0", "/dev/dxg", "/dev/kfd")  # NVIDIA, the same under WSL, AMD


def gpu_present() -> bool:
    """Whether torch has a GPU. Without a driver's device torch is not even imported: that takes seconds."""
    if not any(Path(device).exists() for device in _DRIVERS):
        return False
    import torch

    return torch.cuda.is_available()


class TorchEncoder:
    """Texts to vectors of length 1. Raises AiecoError when the folder holds no model of sentence-transformers."""

    backend = "sentence-transformers"

    def __init__(self, folder: Path) -> None:
        # By name: of an import pyright would read all of transformers, which was a third of its time.
        SentenceTransformer = import_module("sentence_transformers").SentenceTransformer
        import_module("transformers.utils.logging").disable_progress_bar()
        try:
            # From files that we have hashed, never from a hub; safetensors only: pickled weights can run code.
            self._model = SentenceTransformer(
                str(folder), local_files_only=True, model_kwargs={"use_safetensors": True}
            )
        except Exception as error:  # whatever a folder that is no model, or half of one, makes the libraries raise
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0].split(". ")[0].rstrip(".")
            raise AiecoError(
                f"{folder} is not a sentence-transformers model ({reason}): mend AIECO_EMBEDDER."
            ) from None
        dimension = self._model.get_embedding_dimension()
        assert dimension is not None
        self.dimension = dimension
        self._batch = BATCH_ON_GPU if self._model.device.type == "cuda" else BATCH
        # The layers behind the pooling of tokens to a text; None where texts are not pooled from tokens.
        modules = list(self._model)
        pooling = [place for place, module in enumerate(modules) if type(module).__name__ == "Pooling"]
        self._behind = modules[pooling[0] + 1 :] if pooling else None
        # The tokenizer is not thread-safe ("Already borrowed"); torch uses every core anyway.
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> np.ndarray:
        """float32 (n, dimension), in the order of `texts`. `progress` gets the count done so far.

        Batches go by length, so that short texts are not padded to long ones.
        """
        import numpy as np

        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
        for first in range(0, len(order), self._batch):
            batch = order[first : first + self._batch]
            with self._lock:
                vectors[batch] = self._model.encode(
                    [texts[index] for index in batch],
                    batch_size=self._batch,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
            if progress:
                progress(min(first + self._batch, len(order)))
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """For each text its vector and those of its tokens, each as the model reads it in that text."""
        wholes = self.encode(texts)
        if self._behind is None:
            return [self._by_words(whole, text) for whole, text in zip(wholes, texts, strict=True)]
        found = []
        with self._lock:
            states = self._model.encode(
                list(texts), prompt="", batch_size=self._batch, output_value="token_embeddings", show_progress_bar=False
            )
            for whole, text, state in zip(wholes, texts, states, strict=True):
                placed = self._model.tokenizer(
                    text,
                    truncation=True,
                    max_length=self._model.max_seq_length,
                    return_offsets_mapping=True,
                    return_special_tokens_mask=True,
                )
                spans, special = placed["offset_mapping"], placed["special_tokens_mask"]
                found.append(token_vectors(whole, self._as_wholes(state), spans, special))
        return found

    def _as_wholes(self, states: Any) -> np.ndarray:
        """Tokens as if each were a text: what stands behind the pooling may turn and shorten a text's vector."""
        import torch

        features = {"sentence_embedding": states.float()}
        with torch.inference_mode():
            for module in self._behind or ():
                features = module(features)
        return features["sentence_embedding"].cpu().numpy()

    def _by_words(self, whole: np.ndarray, text: str) -> TokenVectors:
        """Of a model that has no vectors of tokens in their text: each word by itself."""
        spans = [match.span() for match in re.finditer(r"\w+", text)]
        return TokenVectors(whole, self.encode([text[start:end] for start, end in spans]), tuple(spans))
