"""Keyed hashes: names that nobody can go back from, or find by trying all numbers, without the key of the home."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Literal

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.secret_file import read_or_make_secret

# `own customer`: by the id that she has in a declared source, and the place of that source.
Kind = Literal["customer", "own customer", "document", "path"]


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
    return HomeKey(read_or_make_secret(settings.home / "governance" / "key"))
