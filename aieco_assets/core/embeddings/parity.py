"""Whether the vectors in use are those that sentence-transformers gives for the same texts."""

from __future__ import annotations

from dataclasses import dataclass

from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.torch_encoder import TorchEncoder
from aieco_assets.core.embeddings.weights import model_folder
from aieco_assets.core.settings import Settings

# Below this cosine two texts may change places among the ten nearest.
FLOOR = 0.9999
PROBES = (
    "How many days do I have to return an item?",
    "Returns: items can be returned within 30 days of delivery, with the receipt, at any of our 14 shops.",
    "EUR 1,250.00",
    "x",
    "Ünïcödé, CAPITALS and a-hyphen; 電子メール и العربية",
    "The quick brown fox jumps over the lazy dog. " * 60,  # longer than the model reads
)


@dataclass(frozen=True)
class Parity:
    """`backend` computes the vectors; `lowest_cosine` between its vectors and those of sentence-transformers."""

    backend: str
    lowest_cosine: float

    @property
    def holds(self) -> bool:
        return self.lowest_cosine >= FLOOR


def compare(settings: Settings) -> Parity:
    """Embed the probes both ways. Raises AiecoError when the embedder of the settings can't be loaded."""
    embedder = load_embedder(settings)
    if embedder.backend == TorchEncoder.backend:
        return Parity(embedder.backend, 1.0)
    _, folder = model_folder(settings)
    ours, theirs = embedder.encode(PROBES), TorchEncoder(folder).encode(PROBES)
    return Parity(embedder.backend, float((ours * theirs).sum(axis=1).min()))
