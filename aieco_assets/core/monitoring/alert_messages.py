"""The outbox of alerts in Postgres: one row per incident, occasion and address, claimed by whoever tells it.

An address is a secret (a webhook's path is its password): rows hold its digest alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from aieco_assets.core.quiet_hours import after_quiet_hours
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

LEASE = timedelta(minutes=2)  # longer than any attempt takes
RETRY_MINUTES = (1, 2, 5, 15, 60)  # the last one for as long as it takes
AT_ONCE = 200


@dataclass(frozen=True)
class Message:
    """One thing to tell one address, with the incident as it is now."""

    id: int
    target: str
    what: str
    attempts: int
    incident: int
    kind: str
    subject: str
    severity: str
    summary: str
    lasting: bool
    opened_at: datetime
    last_seen_at: datetime
    count: int


def targets(settings: Settings) -> dict[str, str]:
    """Digest and apprise url of each address in AIECO_ALERTS; a comma within a url does not end it."""
    urls = re.split(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)", settings.alerts.get_secret_value().strip(" ,\n"))
    return {sha256(url.encode()).hexdigest()[:16]: url for url in urls if url}


def enqueue(
    connection: Connection, settings: Settings, incident: int, what: str, is_critical: bool, now: datetime
) -> None:
    """To be told to every address; only what is critical breaks the quiet hours. Commits nothing."""
    due = now if is_critical else after_quiet_hours(settings.alerts_quiet_hours, now)
    for target in targets(settings):
        connection.execute(
            "insert into monitoring.incident_messages (incident_id, what, target, due_at) values (%s, %s, %s, %s)"
            " on conflict do nothing",
            (incident, what, target, due),
        )


def due_now(connection: Connection, incident: int, now: datetime) -> None:
    """It has become critical: what waited for the morning is told."""
    connection.execute(
        "update monitoring.incident_messages set due_at = least(due_at, %s)"
        " where incident_id = %s and ended_at is null and attempts = 0",
        (now, incident),
    )


def drop(connection: Connection, incident: int, what: str) -> None:
    connection.execute(
        "update monitoring.incident_messages set outcome = 'dropped', ended_at = now()"
        " where incident_id = %s and what = %s and ended_at is null",
        (incident, what),
    )


def claim(settings: Settings, known: Mapping[str, str], now: datetime) -> list[Message]:
    """What is due and nobody else is telling, ours for the time of LEASE; an incident's end after its beginning."""
    with connect(settings.warehouse) as connection:
        _readdress(connection, known)
        rows = connection.execute(
            "with due as (select id from monitoring.incident_messages as one where ended_at is null and due_at <= %s"
            " and (claimed_until is null or claimed_until <= %s) and not exists (select from"
            " monitoring.incident_messages as earlier where earlier.incident_id = one.incident_id"
            " and earlier.target = one.target and earlier.id < one.id and earlier.ended_at is null)"
            " order by id limit %s for update skip locked)"
            " update monitoring.incident_messages as message set claimed_until = %s, attempts = attempts + 1"
            " from due, monitoring.incidents as incident where message.id = due.id and incident.id = incident_id"
            " returning message.id, target, what, attempts, incident_id, kind, subject, severity, summary, lasting,"
            " opened_at, last_seen_at, count",
            (now, now, AT_ONCE, now + LEASE),
        ).fetchall()
    return sorted((Message(*row) for row in rows), key=lambda one: one.id)


def told(settings: Settings, message: Message) -> None:
    """The address has taken it."""
    with connect(settings.warehouse) as connection:
        connection.execute(
            "update monitoring.incident_messages set outcome = 'told', error = '', ended_at = now() where id = %s",
            (message.id,),
        )


def failed(settings: Settings, message: Message, error: str, now: datetime) -> datetime:
    """It has not; returns when it is tried again."""
    again = now + timedelta(minutes=RETRY_MINUTES[min(message.attempts, len(RETRY_MINUTES)) - 1])
    with connect(settings.warehouse) as connection:
        connection.execute(
            "update monitoring.incident_messages set due_at = %s, claimed_until = null, error = %s where id = %s",
            (again, error, message.id),
        )
    return again


def _readdress(connection: Connection, known: Mapping[str, str]) -> None:
    """What was meant for an address that AIECO_ALERTS no longer has goes to those that it has: nothing is lost."""
    gone = connection.execute(
        "update monitoring.incident_messages set outcome = 'dropped', error = 'its address is gone', ended_at = now()"
        " where ended_at is null and target <> all(%s) returning incident_id, what, due_at",
        (list(known),),
    ).fetchall()
    for incident, what, due in gone:
        for target in known:
            connection.execute(
                "insert into monitoring.incident_messages (incident_id, what, target, due_at)"
                " values (%s, %s, %s, %s) on conflict do nothing",
                (incident, what, target, due),
            )
