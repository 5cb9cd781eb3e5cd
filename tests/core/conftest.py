"""The packaged embedder, loaded once: what supports a sentence is told by its vectors."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from pathlib import Path

import pytest

from aieco_assets.core.embeddings.embedder import Embedder, load_embedder
from aieco_assets.core.settings import Settings

_NOBODY = 65534
_ENTER = 0o011
_SETRESUID = {"x86_64": 117, "aarch64": 147}  # the call's number in Linux


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    return load_embedder(Settings(home=tmp_path_factory.mktemp("home"), _env_file=None))  # type: ignore[call-arg]


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[None]:
    """Files are opened as by a user who is not root, to whom none is closed. The last fixture of a test: what others
    made is this user's then, and no process can be started."""
    if os.geteuid():
        yield
        return
    if platform.machine() not in _SETRESUID:
        pytest.skip("how a thread becomes another user is not known of this processor")
    # Those that pytest made, until one that is open to everybody. They stay so: other processes of it test below them.
    for folder in tmp_path.parents:
        if (mode := folder.stat().st_mode) & _ENTER == _ENTER:
            break
        if folder == Path.home():
            pytest.skip(f"{tmp_path} lies in root's own folder")
        folder.chmod(mode | _ENTER)
    for path in (tmp_path, *tmp_path.rglob("*")):
        os.chown(path, _NOBODY, -1)
    _become(_NOBODY)
    try:
        yield
    finally:
        _become(0)


def _become(user: int) -> None:
    """This thread alone, and what it starts: os.setresuid would take the threads of other tests' services along."""
    if ctypes.CDLL(None, use_errno=True).syscall(_SETRESUID[platform.machine()], user, user, 0):
        raise OSError(ctypes.get_errno(), "setresuid")
