"""API keys: who may ask the service for what. Only their digests are held in memory."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from aieco_assets.core.contracts import Reader
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.rights import GROUP, checked_groups
from aieco_assets.core.settings import Settings

ASK, PREDICT, REVIEW, ADMIN = "ask", "predict", "review", "admin"
SCOPES = (ASK, PREDICT, REVIEW, ADMIN)
_HASHED = "sha256:"
_SHORTEST_KEY = 20  # characters of a key that may stand, as it is, after one with groups
_ENTRY = re.compile(
    r"sha256:(?P<digest>[0-9a-f]{64})(?::(?P<name>[A-Za-z0-9._-]{1,40})(?::(?P<scopes>[a-z+]+)"
    r"(?::(?P<groups>[A-Za-z0-9._@+-]+))?)?)?"
)


@dataclass(frozen=True)
class ApiKey:
    """`name` stands for the key in logs. `admin` includes the other scopes. `groups`: whose documents it reads."""

    name: str
    scopes: frozenset[str]
    digest: bytes = field(repr=False)
    groups: frozenset[str] = frozenset()

    @property
    def reader(self) -> Reader | None:
        """Who asks by this key; None for an operator's (scope `admin`), who reads everything."""
        return None if ADMIN in self.scopes else Reader(self.name, self.groups)

    def may(self, scope: str) -> bool:
        return scope in self.scopes or ADMIN in self.scopes


def read_keys(text: str) -> tuple[ApiKey, ...]:
    """The keys of AIECO_API_KEYS: entries between commas, each a key as it is, which may do everything, or
    `sha256:<digest>[:name[:ask+predict[:hr+board]]]`. Raises AiecoError for a digest, a scope or a group that is none,
    and never shows the key.
    """
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    keys = tuple(_key(entry, place) for place, entry in enumerate(entries, 1))
    for place, (before, entry) in enumerate(zip(keys, entries[1:], strict=False), 2):
        # A key as it is may do everything: the second of two groups must not become one.
        if before.groups and GROUP.fullmatch(entry) and len(entry) < _SHORTEST_KEY:
            raise AiecoError(f"Entry {place} of AIECO_API_KEYS looks like a group of the one before: join groups by +.")
    if len({key.name for key in keys}) < len(keys):
        raise AiecoError("AIECO_API_KEYS has two keys of one name: each needs a name of its own.")
    return keys


def find_key(keys: Sequence[ApiKey], given: str) -> ApiKey | None:
    """The key that was given. Every one is compared, so that the time says nothing about which was close."""
    digest = sha256(given.encode()).digest()
    matches = [key for key in keys if hmac.compare_digest(key.digest, digest)]
    return matches[0] if matches else None


def make_key(name: str, scopes: Sequence[str], groups: Sequence[str] = ()) -> tuple[str, str]:
    """(a new key, its entry in AIECO_API_KEYS). Raises AiecoError for a name, a scope or a group that can't be."""
    checked_groups(groups, "The key")
    key = f"aieco_{secrets.token_urlsafe(32)}"
    entry = f"{_HASHED}{sha256(key.encode()).hexdigest()}:{name}:{'+'.join(scopes)}"
    if groups:
        entry += f":{'+'.join(groups)}"
    if not scopes or read_keys(entry)[0].name != name:
        raise AiecoError("A key needs a name and at least one of the scopes ask, predict, review and admin.")
    return key, entry


def own_key(settings: Settings) -> str:
    """The key that the command line shows to the service: AIECO_API_KEY, else the first plain one of AIECO_API_KEYS."""
    plain = [key.strip() for key in settings.api_keys.get_secret_value().split(",")]
    usable = [key for key in plain if key and not key.startswith(_HASHED)]
    return settings.api_key.get_secret_value() or next(iter(usable), "")


def _key(entry: str, place: int) -> ApiKey:
    if not entry.startswith(_HASHED):
        digest = sha256(entry.encode()).digest()
        return ApiKey(f"key-{digest.hex()[:8]}", frozenset(SCOPES), digest)
    parts = _ENTRY.fullmatch(entry)
    if parts is None:
        raise AiecoError(
            f"Entry {place} of AIECO_API_KEYS is not sha256:<64 hex digits>:<name>:<scopes>:<groups>: `aieco key` makes"
            " one."
        )
    scopes = frozenset((parts["scopes"] or "+".join(SCOPES)).split("+"))
    if not scopes <= set(SCOPES):
        raise AiecoError(
            f"Entry {place} of AIECO_API_KEYS has a scope that is none: there are {', '.join(SCOPES)}, joined by +."
        )
    groups = checked_groups(parts["groups"].split("+") if parts["groups"] else (), f"Entry {place} of AIECO_API_KEYS")
    return ApiKey(parts["name"] or f"key-{parts['digest'][:8]}", scopes, bytes.fromhex(parts["digest"]), groups)
