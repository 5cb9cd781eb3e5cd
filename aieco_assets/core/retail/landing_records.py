"""What landing keeps in the tables lake.transaction_days and lake.transaction_files. Nothing here commits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    from aieco_assets.core.retail.reading import SourceFile
    from aieco_assets.core.retail.reading_rules import Rules
    from aieco_assets.core.retail.shop.mapping import Shop


@dataclass(frozen=True)
class MadeDay:
    """One invoice date, ready to be put. `erased`: rows that were left out, of customers who were erased."""

    day: date
    lines: bytes
    rejects: bytes | None
    loaded: int
    rejected: int
    inputs_sha256: str
    erased: int = 0


def record_days(connection: psycopg.Connection[Any], made: list[MadeDay], gone: list[date]) -> None:
    """These days as they were just put, in place of what was recorded of them and of those that are gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from lake.transaction_days where invoice_date = any(%s)", ([*gone, *(d.day for d in made)],)
        )
        cursor.executemany(
            "insert into lake.transaction_days"
            " (invoice_date, read, loaded, rejected, erased, bytes, sha256, inputs_sha256)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(day.day, day.loaded + day.rejected + day.erased, day.loaded, day.rejected, day.erased),
                    *(len(day.lines), sha256(day.lines).hexdigest(), day.inputs_sha256),
                )
                for day in made
            ],
        )


def record_files(connection: psycopg.Connection[Any], files: list[SourceFile], rules: Rules) -> None:
    """All files of the source, in place of those that were recorded."""
    connection.execute("delete from lake.transaction_files")
    _insert_files(connection, files, rules)


def record_refused(connection: psycopg.Connection[Any], files: Sequence[SourceFile], rules: Rules) -> None:
    """Files of which nothing was landed, beside those of the days that the lake still holds."""
    connection.execute("delete from lake.transaction_files where path = any(%s)", ([file.path for file in files],))
    _insert_files(connection, files, rules)


def _insert_files(connection: psycopg.Connection[Any], files: Iterable[SourceFile], rules: Rules) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into lake.transaction_files"
            " (path, sha256, bytes, rules, days, read_again_on, quarantined, added_columns, stamp, line_types,"
            " currency, layout) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(file.path, file.sha256, file.bytes, rules.of(file.path).version_of(file.named)),
                    json.dumps({day.isoformat(): (part.rows, part.sha256) for day, part in file.days.items()}),
                    *(file.read_again_on, file.quarantined, list(file.added), file.stamp),
                    *(json.dumps(dict(file.line_types)), file.currency, file.layout),
                )
                for file in files
            ],
        )


def recorded_files(connection: psycopg.Connection[Any], rules: Rules) -> tuple[dict[str, SourceFile], set[str], bool]:
    """The files as they were last recorded, the paths of those that were read by these rules, and whether they are
    other rules than those of the other files."""
    from aieco_assets.core.retail.reading import SourceFile
    from aieco_assets.core.retail.source import day_parts

    rows = connection.execute(
        "select path, sha256, bytes, days, quarantined, read_again_on, added_columns, stamp, line_types, currency,"
        " layout, rules from lake.transaction_files"
    ).fetchall()
    files = {
        path: SourceFile(
            *(path, digest, size, day_parts(days), reason, again, tuple(added), False, *more),
            named=read_by != rules.of(path).version_of(named=False),
        )
        for path, digest, size, days, reason, again, added, *more, read_by in rows
    }
    current = {path for path, *_, read_by in rows if read_by == rules.of(path).version_of(files[path].named)}
    return files, current, any(rules.know(path) for path in files.keys() - current)


def record_shop(connection: psycopg.Connection[Any], shop: Shop, currency: str) -> None:
    """How the shop is mapped, for those who put its numbers into words (raw.shop)."""
    from aieco_assets.core.retail.lines.roles import called

    connection.execute(
        "insert into raw.shop (layout, currency, columns) values (%s, %s, %s) on conflict (only_row) do update"
        " set layout = excluded.layout, currency = excluded.currency, columns = excluded.columns",
        (shop.layout, currency, json.dumps(called(shop))),
    )


def totals(connection: psycopg.Connection[Any], start: date, end: date) -> tuple[int, int, int, int, int]:
    """Rows read, loaded, rejected and erased, and bytes, over a range of days."""
    row = connection.execute(
        "select coalesce(sum(read), 0), coalesce(sum(loaded), 0), coalesce(sum(rejected), 0), coalesce(sum(erased), 0),"
        " coalesce(sum(bytes), 0)"
        " from lake.transaction_days where invoice_date between %s and %s",
        (start, end),
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2]), int(row[3]), int(row[4])


def content_digest(connection: psycopg.Connection[Any], start: date, end: date) -> str:
    """Names the content of the lake over a range: equal digests, equal rows."""
    rows = connection.execute(
        "select invoice_date, sha256 from lake.transaction_days where invoice_date between %s and %s order by 1",
        (start, end),
    ).fetchall()
    return sha256("\n".join(f"{day} {digest}" for day, digest in rows).encode()).hexdigest()
