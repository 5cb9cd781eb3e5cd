"""Passwords, as argon2id hashes with the parameters of argon2-cffi's defaults (RFC 9106, low memory)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 200  # characters; the longest also limits what a login makes us hash


def hashed(password: str) -> str:
    """Raises AiecoError for a password that is too short or too long; never shows it."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AiecoError(f"A password has {SHORTEST} to {LONGEST} characters: choose another one.")
    return _hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether it is the password. `stored` None, of a person that there is not, takes as long as any other."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(stored or _nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobody() -> str:
    import secrets

    return _hasher().hash(secrets.token_hex(32))
