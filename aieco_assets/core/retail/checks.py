"""What must hold of landed and loaded transactions; each function returns what does not, empty when all is well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from aieco_assets.core.retail.reading import SourceFile
from aieco_assets.core.retail.reading_rules import content_version
from aieco_assets.core.retail.source import day_parts, inputs_by_day, inputs_digest
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings


@dataclass(frozen=True)
class SetAside:
    """What the lake holds otherwise than as transactions: rejected rows, files quarantined whole, added columns."""

    rejected_rows: int
    quarantined_files: dict[str, str]
    added_columns: dict[str, list[str]]


def lost_rows(settings: Settings) -> list[tuple[date, int, int, int, int, int]]:
    """(day, rows in the source files, read, loaded, rejected, erased) of each day that does not add up.

    The files are counted when they are read, the days when they are written: two counts of one thing.
    A day that waits to be landed again is left out.
    """
    files = [
        SourceFile(path, digest, 0, day_parts(days))
        for path, digest, days in _rows(settings, "select path, sha256, days from lake.transaction_files")
    ]
    inputs = inputs_by_day(files)
    landed = _rows(
        settings, "select invoice_date, inputs_sha256, read, loaded, rejected, erased from lake.transaction_days"
    )
    return [
        (day, expected, read, loaded, rejected, erased)
        for day, digest, read, loaded, rejected, erased in sorted(landed)
        if (sources := inputs.get(day)) and digest == inputs_digest(day, sources, content_version(settings.first_day))
        if not (expected := sum(file.days[day].rows for file in sources)) == read == loaded + rejected + erased
    ]


def unloaded_rows(settings: Settings) -> list[tuple[Any, ...]]:
    """(day, rows in raw.transactions, rows in the lake) of each loaded day that differs from what it was loaded from.

    A day that was landed again and not yet loaded is left out: it is stale, not wrong.
    """
    return _rows(
        settings,
        """
        with raw_days as (select invoice_date, count(*) as rows from raw.transactions group by 1)
        select invoice_date, coalesce(raw_days.rows, 0), lake.loaded
        from raw_days
        full join raw.loads as loads using (invoice_date)
        left join lake.transaction_days as lake using (invoice_date)
        where loads.invoice_date is null
            or coalesce(raw_days.rows, 0) <> loads.rows
            or (lake.sha256 = loads.sha256 and coalesce(raw_days.rows, 0) <> lake.loaded)
        order by 1
        """,
    )


def lost_zeros(settings: Settings) -> list[tuple[str, str]]:
    """(code, the same one with zeros before it) of items that a spreadsheet may have taken the zeros from."""
    return _rows(
        settings,
        """
        with codes as (select distinct stock_code from raw.transactions where stock_code ~ '^[0-9]+$')
        select short.stock_code, long.stock_code
        from codes as short
        inner join codes as long
            on ltrim(long.stock_code, '0') = short.stock_code and long.stock_code <> short.stock_code
        order by 1, 2
        limit 100
        """,
    )


def set_aside(settings: Settings) -> SetAside:
    """All rejected rows, quarantined files and added columns (by file) of the lake."""
    ((rejected,),) = _rows(settings, "select coalesce(sum(rejected), 0) from lake.transaction_days")
    files = _rows(
        settings, "select path, quarantined from lake.transaction_files where quarantined is not null order by 1"
    )
    added = _rows(
        settings, "select path, added_columns from lake.transaction_files where added_columns <> '{}' order by 1"
    )
    return SetAside(int(rejected), dict(files), dict(added))


def _rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with connect(settings.warehouse) as connection:
        return connection.execute(query.encode()).fetchall()
