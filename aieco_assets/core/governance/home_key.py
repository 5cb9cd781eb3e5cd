"""Keyed hashes: names that nobody can go back from, or find by trying all numbers, without the key of the home."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from aieco_assets.core.settings import Settings

Kind = Literal["customer", "document", "path"]


@dataclass(frozen=True)
class HomeKey:
    """The secret, and what is named by it."""

    value: bytes

    @property
    def fingerprint(self) -> str:
        """Tells one key from another; of no use for anything else."""
        return self._hash("fingerprint of this key")

    def name(self, kind: Kind, value: str) -> str:
        """`kind`:64 hex digits of a customer's id, a document's sha256 or a document's path."""
        return f"{kind}:{self._hash(f'{kind} {value}')}"

    def _hash(self, text: str) -> str:
        return hmac.new(self.value, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "HomeKey()"


def home_key(settings: Settings) -> HomeKey:
    """AIECO_GOVERNANCE_KEY, else the one of the home, which is made when it is first asked for."""
    if given := settings.governance_key.get_secret_value():
        return HomeKey(given.encode())
    path = settings.home / "governance" / "key"
    if not path.exists():
        _make(path)
    return HomeKey(path.read_bytes())


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
