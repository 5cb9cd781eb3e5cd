"""What landing keeps in the tables lake.transaction_days and lake.transaction_files. Nothing here commits."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    from aieco_assets.core.retail.reading import SourceFile


@dataclass(frozen=True)
class MadeDay:
    """One invoice date, ready to be put."""

    day: date
    lines: bytes
    rejects: bytes | None
    loaded: int
    rejected: int
    inputs_sha256: str


def record_days(connection: psycopg.Connection[Any], made: list[MadeDay], gone: list[date]) -> None:
    """These days as they were just put, in place of what was recorded of them and of those that are gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from lake.transaction_days where invoice_date = any(%s)", ([*gone, *(d.day for d in made)],)
        )
        cursor.executemany(
            "insert into lake.transaction_days"
            " (invoice_date, read, loaded, rejected, bytes, sha256, inputs_sha256) values (%s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(day.day, day.loaded + day.rejected, day.loaded, day.rejected, len(day.lines)),
                    *(sha256(day.lines).hexdigest(), day.inputs_sha256),
                )
                for day in made
            ],
        )


def record_files(connection: psycopg.Connection[Any], files: list[SourceFile], rules: str) -> None:
    """All files of the source, in place of those that were recorded."""
    with connection.cursor() as cursor:
        cursor.execute("delete from lake.transaction_files")
        cursor.executemany(
            "insert into lake.transaction_files"
            " (path, sha256, bytes, rules, days, read_again_on, quarantined, added_columns, stamp)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(file.path, file.sha256, file.bytes, rules),
                    json.dumps({day.isoformat(): (part.rows, part.sha256) for day, part in file.days.items()}),
                    *(file.read_again_on, file.quarantined, list(file.added), file.stamp),
                )
                for file in files
            ],
        )


def totals(connection: psycopg.Connection[Any], start: date, end: date) -> tuple[int, int, int, int]:
    """Rows read, loaded and rejected, and bytes, over a range of days."""
    row = connection.execute(
        "select coalesce(sum(read), 0), coalesce(sum(loaded), 0), coalesce(sum(rejected), 0), coalesce(sum(bytes), 0)"
        " from lake.transaction_days where invoice_date between %s and %s",
        (start, end),
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def content_digest(connection: psycopg.Connection[Any], start: date, end: date) -> str:
    """Names the content of the lake over a range: equal digests, equal rows."""
    rows = connection.execute(
        "select invoice_date, sha256 from lake.transaction_days where invoice_date between %s and %s order by 1",
        (start, end),
    ).fetchall()
    return sha256("\n".join(f"{day} {digest}" for day, digest in rows).encode()).hexdigest()
