"""The packaged embedder, loaded once: what supports a sentence is told by its vectors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from aieco_assets.core.embeddings.embedder import Embedder, load_embedder
from aieco_assets.core.settings import Settings


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return load_embedder(Settings(home=tmp_path_factory.mktemp("home"), _env_file=None))  # type: ignore[call-arg]


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[None]:
    """Files are opened as by a user who is not root, to whom none is closed. The last fixture of a test: what others
    made is this user's then, and no process can be started."""
    if os.geteuid() or not hasattr(os, "setresuid"):
        yield
        return
    for folder in (tmp_path, *tmp_path.parents):
        with suppress(PermissionError):
            folder.chmod(folder.stat().st_mode | 0o011)
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, 65534, -1)
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
