"""The embedder of a step on the node that works on one of its batches."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.embeddings.embedder import Embedder, load_embedder
from aieco_assets.core.embeddings.weights import model_folder
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import PACKAGED, Settings

if TYPE_CHECKING:
    import numpy as np


def named(settings: Settings, version: str) -> tuple[str, str]:
    """What a node needs to load the embedder of the settings: its name, a folder as a whole path, and its version."""
    if settings.embedder == PACKAGED or not Path(settings.embedder).expanduser().is_dir():
        return settings.embedder, version
    return str(model_folder(settings)[1]), version


@lru_cache(maxsize=2)
def embedder_on_node(name: str, version: str) -> Embedder:
    """Loaded once by each worker. Raises AiecoError where it is not there, or another than whoever asks means."""
    # Its hashes are remembered in the home of whoever loads it, and a node has none.
    with tempfile.TemporaryDirectory(prefix="aieco-node-") as home:
        found = load_embedder(Settings(home=Path(home), embedder=name, _env_file=None))  # type: ignore[call-arg]
    if found.version != version:
        raise AiecoError(f"The embedder {name} of a Ray node is another than here: give every node the same files.")
    return found


def encode_documents(name: str, version: str, texts: Sequence[str]) -> np.ndarray:
    """As `Embedder.encode_document`."""
    return embedder_on_node(name, version).encode_document(texts)
