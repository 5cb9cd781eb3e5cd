"""The chain of the audit log: what is hashed of a row, and which row is the first that does not fit. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any


@dataclass(frozen=True)
class Head:
    """The last row of a chain: sequences begin with 1."""

    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.sequence}:{self.hash}"


BEGINNING = Head(0, "0" * 64)


@dataclass(frozen=True)
class Entry:
    """Something that somebody did. `event_id`: of what may be sent twice and counts once; `detail`: any JSON object."""

    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    event_id: str | None = None


@dataclass(frozen=True)
class AuditRow:
    """One row of governance.audit. `at`: ISO 8601 in UTC with microseconds; `detail`: the JSON text that is stored."""

    sequence: int
    at: str
    actor: str
    action: str
    subject: str
    detail: str
    event_id: str | None
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        return Head(self.sequence, self.hash)

    def expected_hash(self) -> str:
        """sha256 of the JSON list of all other columns, in UTF-8, without blanks, characters beyond ASCII escaped."""
        columns = (
            *(self.sequence, self.at, self.actor, self.action),
            *(self.subject, self.detail, self.event_id, self.previous),
        )
        return sha256(canonical(columns).encode()).hexdigest()


def canonical(value: Any) -> str:
    """The one way in which a value is written as JSON here."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def linked(entry: Entry, at: str, before: Head) -> AuditRow:
    """The row that puts an entry behind the head."""
    row = AuditRow(
        sequence=before.sequence + 1,
        at=at,
        actor=_storable(entry.actor),
        action=entry.action,
        subject=_storable(entry.subject),
        detail=canonical(_plain(dict(entry.detail))),
        event_id=entry.event_id and _storable(entry.event_id),
        previous=before.hash,
        hash="",
    )
    return AuditRow(**{**row.__dict__, "hash": row.expected_hash()})


class Chain:
    """Follows rows in their order. `problem` names the first that does not fit; `last` is the row before it."""

    def __init__(self, after: Head = BEGINNING, anchor: Head | None = None) -> None:
        self.last, self.problem = after, ""
        self.rows = 0
        self._anchor = anchor
        self._anchor_met = anchor is None or anchor.sequence <= after.sequence

    def follow(self, rows: Iterable[AuditRow]) -> Chain:
        for row in rows:
            if self.problem:
                break
            self.problem = self._unfit(row)
            if not self.problem:
                self.last, self.rows = row.head, self.rows + 1
        return self

    def end(self) -> Chain:
        """No row follows: what the anchor knows of must have come."""
        if not self.problem and not self._anchor_met and self._anchor:
            self.problem = (
                f"row {self.last.sequence + 1} is missing: the log ends with row {self.last.sequence}, and "
                f"row {self._anchor.sequence} had been written"
            )
        return self

    def _unfit(self, row: AuditRow) -> str:
        wanted = self.last.sequence + 1
        if row.sequence != wanted:
            return f"row {wanted} is missing: row {row.sequence} stands in its place"
        if row.previous != self.last.hash:
            return f"row {row.sequence} does not follow row {wanted - 1}: one of the two was altered or exchanged"
        if row.hash != row.expected_hash():
            return f"row {row.sequence} was altered: its hash is of another content"
        if self._anchor and row.sequence == self._anchor.sequence:
            self._anchor_met = True
            if row.hash != self._anchor.hash:
                return f"row {row.sequence} is not the one that had been written: it and what follows were made anew"
        return ""


def _plain(value: Any) -> Any:
    """As Postgres takes it in JSON."""
    if isinstance(value, Mapping):
        return {_storable(str(name)): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, int | None) else _storable(str(value))


def _storable(text: str) -> str:
    """As Postgres takes it: without NUL and halves of surrogate pairs, which only JSON can smuggle in."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
