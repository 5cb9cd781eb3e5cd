"""The audit log: one append-only chain in Postgres, whose last row this home knows, too.

A chain alone does not show that its end was cut off. So each writer leaves the head in a file of its home, after its
transaction: the file may be behind for a moment, and never ahead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.governance.audit_chain import BEGINNING, AuditRow, Chain, Entry, Head, linked
from aieco_assets.core.governance.audit_head import head_file, keep_head, kept_head
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

__all__ = ["Verdict", "append", "append_change", "head_file", "keep_head", "record", "stored_rows", "verify"]

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

CERTIFICATES = "governance/certificates"  # of erasures, in the home that erased
_LOCK = (64, 1)  # of whoever appends, to the end of its transaction
COLUMNS = "sequence, at, actor, action, subject, detail::text, event_id, previous, hash"
# 58: before update, delete and truncate, for each statement. What it calls counts, too (storage/sql/65_governance.sql).
_GUARDED = """
    select count(*) = 1 from pg_trigger t join pg_proc p on p.oid = t.tgfoid
    where t.tgrelid = to_regclass('governance.audit') and t.tgname = 'audit_append_only' and t.tgenabled in ('O', 'A')
        and t.tgtype = 58 and t.tgqual is null and cardinality(t.tgattr::int2[]) = 0 and btrim(p.prosrc) =
        'begin raise exception ''%.% is append-only'', tg_table_schema, tg_table_name; end'
"""

_CERTIFICATES = """
    select sequence, detail ->> 'certificate', detail ->> 'sha256' from governance.audit
    where action = 'erased' order by sequence
"""


@dataclass(frozen=True)
class Verdict:
    """What a check of the log found. `problem`: empty, or the first row that is not as it was written."""

    rows: int
    head: Head
    problem: str


def record(settings: Settings, *entries: Entry) -> None:
    """Appends in a transaction of its own. Raises AiecoError when Postgres does not answer."""
    with connect(settings.warehouse) as connection:
        head = append(connection, entries)
    keep_head(settings, head)


def append(connection: Connection, entries: Sequence[Entry]) -> Head | None:
    """Puts entries behind the last row; None when all are there already. Commits nothing that was begun before.

    To be the last thing in its transaction: others wait from here to its end. Then `keep_head`.
    """
    if not entries:
        return None
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s, %s)", _LOCK)
        new = _unknown(connection, entries)
        head = last = _head(connection)
        now, rows = datetime.now(timezone.utc).isoformat(timespec="microseconds"), []
        for entry in new:
            rows.append(linked(entry, now, last))
            last = rows[-1].head
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into governance.audit"
                " (sequence, at, actor, action, subject, detail, event_id, previous, hash)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [tuple(row.__dict__.values()) for row in rows],
            )
    return last if last != head else None


def append_change(connection: Connection, actor: str, subjects: Mapping[str, str], kind: str) -> Head | None:
    """Records which of the subjects have another version than the log knows, and which are gone: `kind`_changed and
    `kind`_removed. Costs one query when nothing has changed; commits nothing."""
    rows = connection.execute(
        "select distinct on (subject) subject, action, detail ->> 'version' from governance.audit"
        " where action = any(%s) order by subject, sequence desc",
        ([f"{kind}_changed", f"{kind}_removed"],),
    ).fetchall()
    known = {subject: version for subject, action, version in rows if action == f"{kind}_changed"}
    entries = [
        Entry(actor, f"{kind}_changed", subject, {"version": version, "before": known.get(subject)})
        for subject, version in sorted(subjects.items())
        if known.get(subject) != version
    ]
    gone = sorted(known.keys() - subjects.keys())
    return append(connection, [*entries, *(Entry(actor, f"{kind}_removed", subject) for subject in gone)])


def verify(settings: Settings, known: Head | None = None) -> Verdict:
    """Follows the whole chain, against the head that this home kept and one that somebody noted elsewhere."""
    kept = kept_head(settings)
    with connect(settings.warehouse) as connection:
        ((guarded,),) = connection.execute(_GUARDED.encode()).fetchall()
        chains = [Chain(anchor=anchor) for anchor in (kept, known)]
        for row in stored_rows(connection):
            for chain in chains:
                chain.follow([row])
        certificates = connection.execute(_CERTIFICATES.encode()).fetchall()
    problems = [problem for chain in chains if (problem := chain.end().problem)]
    found = chains[0]
    if not problems and kept is None and found.rows:
        problems = [f"{head_file(settings)} is missing, which tells whether the end of the log was cut off"]
    if not problems and not guarded:
        problems = ["the trigger audit_append_only of governance.audit was taken off or changed: rows can be altered"]
    altered = [problem for row in certificates if (problem := _altered(settings, *row))]
    return Verdict(found.rows, found.last, [*problems, *altered, ""][0])


def stored_rows(connection: Connection, after: int = 0, until: int | None = None) -> Iterator[AuditRow]:
    """The rows as they are stored, a batch at a time; `after` is not among them, `until` is."""
    with connection.cursor(name="audit") as cursor:
        cursor.itersize = 5_000
        cursor.execute(
            f"select {COLUMNS} from governance.audit"  # noqa: S608 - our own constant
            " where sequence > %s and (%s::bigint is null or sequence <= %s) order by sequence",
            (after, until, until),
        )
        for sequence, at, *others in cursor:
            yield AuditRow(sequence, at.astimezone(timezone.utc).isoformat(timespec="microseconds"), *others)


def _altered(settings: Settings, sequence: int, name: str, digest: str) -> str:
    """What is wrong with the certificate that a row names; empty when it is as it was issued."""
    path = settings.home / CERTIFICATES / Path(name).name
    try:
        same = sha256(path.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return f"the certificate of row {sequence}, {path}, is missing"
    return "" if same else f"the certificate of row {sequence}, {path}, was altered"


def _unknown(connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
    ids = [entry.event_id for entry in entries if entry.event_id]
    rows = connection.execute("select event_id from governance.audit where event_id = any(%s)", (ids,)) if ids else ()
    seen = {event for (event,) in rows}
    new = []
    for entry in entries:
        if entry.event_id is None or entry.event_id not in seen:
            new.append(entry)
            seen.add(entry.event_id)
    return new


def _head(connection: Connection) -> Head:
    row = connection.execute("select sequence, hash from governance.audit order by sequence desc limit 1").fetchone()
    return Head(*row) if row else BEGINNING
