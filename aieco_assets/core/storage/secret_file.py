"""A secret of the home's own, in a file that its user alone can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def read_or_make_secret(path: Path) -> bytes:
    """64 hex digits, made at random when they are first asked for."""
    if not path.exists():
        _make(path)
    return path.read_bytes()


def _make(path: Path) -> None:
    """Whole or not at all, and the same for all who ask at once: whoever links first, wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink()
