"""The packaged embedder, loaded once: what supports a sentence is told by its vectors."""

from __future__ import annotations

import pytest

from aieco_assets.core.embeddings.embedder import Embedder, load_embedder
from aieco_assets.core.settings import Settings


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return load_embedder(Settings(home=tmp_path_factory.mktemp("home"), _env_file=None))  # type: ignore[call-arg]
