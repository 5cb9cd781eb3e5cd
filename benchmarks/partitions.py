"""raw.transactions, which has a partition for each month, beside the same lines in one table without partitions.

AIECO_PARTITION_LINES: how many lines (`make partitions`: 50 million, for which 20 GB must be free).
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.postgres import connect
from benchmarks.record import Result

LINES, MONTHS, ROUNDS = 2_000_000, 24, 3
BYTES_OF_A_LINE = 400  # twice: with partitions and without, their indexes, and what a replacement leaves behind
FIRST = date(2022, 1, 1)
PARTED, WHOLE = "transactions", "whole"
# Lines as the sample has them: 3,000 items, 40,000 customers, 20 lines an invoice, spread evenly over the days.
FILL = """
    insert into raw.{month} (invoice_date, invoice_no, stock_code, description, quantity, invoiced_at, unit_price,
        amount, customer_id, country, line_type, is_product, _source_file, _day_row, _row_number, _loaded_at)
    select d.day, 'I' || (n / 20), 'S' || (n %% 3000), 'Lantern number ' || (n %% 3000), 1 + n %% 9,
        d.day + interval '9 hours', 2.5, 2.5 * (1 + n %% 9), 'C' || (n::bigint * 7919 %% 40000), 'France', 'sale', true,
        'made.csv', n, n, now()
    from generate_series(1, %s) as n
    cross join lateral (select %s::date + (n %% %s)::int) as d (day)
"""
IN_MONTH = "where invoice_date >= %s and invoice_date < %s"
MONTHLY = f"select stock_code, count(*), sum(amount) from raw.{{}} {IN_MONTH} group by 1"
BY_DAY = "select invoice_date, count(*), sum(amount), sum(quantity) from raw.{} group by 1 order by 1"


def partitions() -> list[Result]:
    """A day that is replaced, a month that is asked for, and what vacuum has to do afterwards."""
    lines = int(os.environ.get("AIECO_PARTITION_LINES", LINES))
    if shutil.disk_usage(tempfile.gettempdir()).free < lines * BYTES_OF_A_LINE:
        raise AiecoError(
            f"{lines:,} lines take {lines * BYTES_OF_A_LINE / 2**30:.0f} GiB, which {tempfile.gettempdir()} has not: "
            "set AIECO_PARTITION_LINES to fewer, or TMPDIR to another folder."
        )
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder:
        Path(folder).chmod(0o755)
        settings = Settings(home=Path(folder), _env_file=None)  # type: ignore[call-arg]
        with open_platform(settings) as opened, connect(opened.warehouse, autocommit=True) as connection:
            filled = _fill(connection, lines)
            same = _rows(connection, BY_DAY, PARTED) == _rows(connection, BY_DAY, WHOLE)
            taken = _measure(connection)
            still = _rows(connection, BY_DAY, PARTED) == _rows(connection, BY_DAY, WHOLE)
    if not (same and still):
        raise AssertionError("with partitions and without, the lines differ")
    return [
        Result(f"{lines / 1e6:g} million lines in {MONTHS} months, filled", filled, "s"),
        *(
            result
            for what in ("a day replaced", "vacuum after it", "a month's sales by item", "the oldest month removed")
            for result in (
                Result(f"{what}: with partitions", taken[what, PARTED], "s"),
                Result(f"{what}: without", taken[what, WHOLE], "s"),
                Result(f"{what}: without : with", taken[what, WHOLE] / taken[what, PARTED], "times"),
            )
        ),
    ]


def _fill(connection: psycopg.Connection[Any], lines: int) -> float:
    began = time.perf_counter()
    connection.execute("create table raw.whole (like raw.transactions including defaults)")
    connection.execute("set synchronous_commit = off")
    for month in _months():
        ((name,),) = connection.execute("select raw.month_of(%s)", (month,)).fetchall()
        query = sql.SQL(FILL).format(month=sql.Identifier(name))  # type: ignore[arg-type]
        connection.execute(query, (lines // MONTHS, month, (_next(month) - month).days))
        connection.execute(sql.SQL("insert into raw.whole select * from raw.{}").format(sql.Identifier(name)))
    connection.execute("create index on raw.whole (invoice_date)")
    for table in (PARTED, WHOLE):
        connection.execute(sql.SQL("vacuum analyze raw.{}").format(sql.Identifier(table)))
    return time.perf_counter() - began


def _measure(connection: psycopg.Connection[Any]) -> dict[tuple[str, str], float]:
    """Medians, in turn with partitions and without."""
    taken: dict[tuple[str, str], list[float]] = {}
    for turn in range(ROUNDS):
        month = _months()[-2 - turn]
        day = month + timedelta(days=9 + turn)
        for table in (PARTED, WHOLE):
            in_month = f"{PARTED}_{month:%Y_%m}" if table == PARTED else WHOLE
            for what, work in (
                ("a day replaced", lambda day=day, table=table, to=in_month: _replace(connection, day, table, to)),
                ("vacuum after it", lambda to=in_month: _run(connection, "vacuum raw.{}", to)),
                ("a month's sales by item", lambda month=month, table=table: _month(connection, month, table)),
            ):
                taken.setdefault((what, table), []).append(_seconds(work))
    oldest = _months()[0]
    gone = f"{PARTED}_{oldest:%Y_%m}"
    taken["the oldest month removed", PARTED] = [_seconds(lambda: _run(connection, "drop table raw.{}", gone))]
    taken["the oldest month removed", WHOLE] = [_seconds(lambda: _remove(connection, oldest))]
    return {what: statistics.median(seconds) for what, seconds in taken.items()}


def _replace(connection: psycopg.Connection[Any], day: date, table: str, into: str) -> None:
    """The lines of a day deleted and written again, in one transaction, as a load does it."""
    with connection.transaction():
        copied = "create temporary table again on commit drop as select * from raw.{} where invoice_date = %s"
        connection.execute(sql.SQL(copied).format(sql.Identifier(table)), (day,))
        _run(connection, "delete from raw.{} where invoice_date = %s", table, day)
        _run(connection, "insert into raw.{} select * from again", into)


def _month(connection: psycopg.Connection[Any], month: date, table: str) -> None:
    connection.execute(sql.SQL(MONTHLY).format(sql.Identifier(table)), (month, _next(month))).fetchall()


def _remove(connection: psycopg.Connection[Any], month: date) -> None:
    _run(connection, f"delete from raw.{{}} {IN_MONTH}", WHOLE, month, _next(month))
    _run(connection, "vacuum raw.{}", WHOLE)


def _run(connection: psycopg.Connection[Any], query: str, table: str, *values: Any) -> None:
    connection.execute(sql.SQL(query).format(sql.Identifier(table)), values or None)  # type: ignore[arg-type]


def _rows(connection: psycopg.Connection[Any], query: str, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(sql.SQL(query).format(sql.Identifier(table))).fetchall()  # type: ignore[arg-type]


def _months() -> list[date]:
    return [date(FIRST.year + n // 12, 1 + n % 12, 1) for n in range(MONTHS)]


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
