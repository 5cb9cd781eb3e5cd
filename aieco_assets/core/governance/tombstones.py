"""What was erased and must not come back: the readers of the sources leave it out, by keyed hash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.home_key import HomeKey, Kind, home_key
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]


@dataclass(frozen=True)
class Tombstones:
    """The names of what was erased, and the key that they were made with; false when there are none."""

    names: frozenset[str] = frozenset()
    key: HomeKey | None = None

    def __bool__(self) -> bool:
        return bool(self.names)

    def hold(self, kind: Kind, value: str) -> bool:
        return self.key is not None and bool(self.names) and self.key.name(kind, value) in self.names

    def among(self, kind: Kind, values: Iterable[str]) -> set[str]:
        """Those of the values that were erased."""
        return {value for value in values if self.hold(kind, value)} if self.names else set()


NONE = Tombstones()


def read_tombstones(settings: Settings, connection: Connection) -> Tombstones:
    """Those of the warehouse. Raises AiecoError where they were made with another key: nothing is read then, as nobody
    could tell what must stay out."""
    rows = connection.execute("select name, key_fingerprint from governance.tombstones").fetchall()
    if not rows:
        return NONE
    key = home_key(settings)
    if {fingerprint for _, fingerprint in rows} != {key.fingerprint}:
        raise AiecoError(
            "What was erased from this warehouse was named with another key than this home's: put back "
            f"{settings.home / 'governance' / 'key'} of the home that erased it, or set AIECO_GOVERNANCE_KEY to it."
        )
    return Tombstones(frozenset(name for name, _ in rows), key)


def add_tombstones(connection: Connection, key: HomeKey, names: Iterable[str]) -> int:
    """Says what must not come back; returns how many are new. Commits nothing."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into governance.tombstones (name, key_fingerprint) values (%s, %s) on conflict do nothing",
            [(name, key.fingerprint) for name in sorted(set(names))],
        )
        return max(0, cursor.rowcount)
