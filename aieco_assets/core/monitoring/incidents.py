"""What is wrong, each thing once: opened by the first event, counted by the next, resolved when it has been calm.

Something that comes and goes is one incident until it has been away for AIECO_ALERTS_CALM_MINUTES. An event that was
seen before, or that is older than what is known, changes nothing: whoever reports may be killed and report again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.alert_messages import drop, due_now, enqueue
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

logger = logging.getLogger(__name__)

INFO, WARNING, CRITICAL = "info", "warning", "critical"
_COLUMNS = (
    *("id", "kind", "subject", "severity", "summary", "opened_at", "last_seen_at", "count"),
    *("acknowledged_by", "acknowledged_at", "recovering_at", "resolved_at"),
)


@dataclass(frozen=True)
class Trouble:
    """Something wrong, as it was seen. `lasting`: it goes on until it is over; else it is told and that is all."""

    kind: str
    subject: str
    summary: str
    severity: str = WARNING
    lasting: bool = True


def report(settings: Settings, trouble: Trouble, at: datetime | None = None) -> bool:
    """Opens an incident, or counts the event in the open one; True when it is new, and then it is told."""
    at = at or datetime.now(timezone.utc)
    with connect(settings.warehouse) as connection:
        return _report(connection, settings, trouble, at)


def recover(settings: Settings, kind: str, subject: str, at: datetime | None = None) -> None:
    """Says that it is over since then; told when it stays so."""
    at = at or datetime.now(timezone.utc)
    with connect(settings.warehouse) as connection:
        _recover(connection, kind, [subject], at)


def settle(settings: Settings, kind: str, present: Iterable[Trouble], at: datetime | None = None) -> None:
    """All that is wrong of a kind now: what is not among it is over."""
    at = at or datetime.now(timezone.utc)
    with connect(settings.warehouse) as connection:
        subjects = set()
        for trouble in present:
            _report(connection, settings, trouble, at)
            subjects.add(trouble.subject)
        over = connection.execute(
            "select subject from monitoring.incidents where kind = %s and resolved_at is null and subject <> all(%s)",
            (kind, list(subjects)),
        )
        _recover(connection, kind, [subject for (subject,) in over], at)


def close_calm(settings: Settings, now: datetime | None = None) -> int:
    """Resolves what has been over for long enough, and has it told; returns how many."""
    now = now or datetime.now(timezone.utc)
    with connect(settings.warehouse) as connection:
        closed = connection.execute(
            "update monitoring.incidents set resolved_at = %s where resolved_at is null and recovering_at <= %s"
            " returning id, severity, kind, subject",
            (now, now - timedelta(minutes=settings.alerts_calm_minutes)),
        ).fetchall()
        for id_, severity, kind, subject in closed:
            enqueue(connection, settings, id_, "resolved", severity == CRITICAL, now)
            logger.warning("incident %d is over: %s of %s", id_, kind, subject)
    return len(closed)


def acknowledge(settings: Settings, incident: int, person: str) -> dict[str, Any]:
    """A person has it in hand: what was not told yet is not told any more, but for its end."""
    with connect(settings.warehouse) as connection:
        found = connection.execute(
            "update monitoring.incidents set acknowledged_by = coalesce(acknowledged_by, %s),"
            " acknowledged_at = coalesce(acknowledged_at, now()) where id = %s and resolved_at is null returning id",
            (person, incident),
        ).fetchone()
        if found:
            drop(connection, incident, "opened")
    if not found:
        open_ones = ", ".join(str(one["id"]) for one in incidents(settings)) or "none is"
        raise AiecoError(f"Incident {incident} is not open: of those that are, {open_ones} (`aieco alerts list`).")
    return next(one for one in incidents(settings) if one["id"] == incident)


def incidents(settings: Settings, since: datetime | None = None) -> list[dict[str, Any]]:
    """The open ones, and those that ended since; the latest first."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            f"select {', '.join(_COLUMNS)} from monitoring.incidents"  # noqa: S608 - names of our own
            " where resolved_at is null or resolved_at >= %s order by id desc".encode(),
            (since or datetime.max.replace(tzinfo=timezone.utc),),
        ).fetchall()
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]


def open_incidents(settings: Settings, kind: str) -> dict[str, datetime]:
    """Subject and when it was last seen, of those that are not over."""
    with connect(settings.warehouse) as connection:
        return dict(
            connection.execute(
                "select subject, last_seen_at from monitoring.incidents"
                " where kind = %s and resolved_at is null and recovering_at is null",
                (kind,),
            ).fetchall()
        )


def _report(connection: Connection, settings: Settings, trouble: Trouble, at: datetime) -> bool:
    # Two that see it at once meet at the index; what ended after this was seen is not opened again by it.
    found = connection.execute(
        "insert into monitoring.incidents as known"
        " (kind, subject, severity, summary, lasting, opened_at, last_seen_at, resolved_at)"
        " select %(kind)s, %(subject)s, %(severity)s, %(summary)s, %(lasting)s, %(at)s, %(at)s,"
        " case when not %(lasting)s then %(at)s::timestamptz end"
        " where not exists (select from monitoring.incidents where kind = %(kind)s and subject = %(subject)s"
        " and resolved_at is not null and last_seen_at >= %(at)s)"
        " on conflict (kind, subject) where resolved_at is null or not lasting do update set"
        " count = known.count + 1, last_seen_at = excluded.last_seen_at, summary = excluded.summary,"
        " recovering_at = null, severity = case when 'critical' in (known.severity, excluded.severity)"
        " then 'critical' else excluded.severity end"
        " where known.lasting and known.last_seen_at < excluded.last_seen_at"
        " returning id, xmax = 0, severity",
        {**vars(trouble), "at": at},
    ).fetchone()
    if found is None:
        return False
    id_, is_new, severity = found
    if is_new:
        enqueue(connection, settings, id_, "opened", severity == CRITICAL, at)
        logger.warning("incident %d: %s", id_, trouble.summary)
    elif severity == CRITICAL:
        due_now(connection, id_, at)
    return is_new


def _recover(connection: Connection, kind: str, subjects: list[str], at: datetime) -> None:
    connection.execute(
        "update monitoring.incidents set recovering_at = %s where kind = %s and subject = any(%s)"
        " and resolved_at is null and recovering_at is null and last_seen_at < %s",
        (at, kind, subjects, at),
    )
