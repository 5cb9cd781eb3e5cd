"""One csv file of transactions -> accepted and rejected rows. Pure: bytes in, frames out."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import TRANSACTION_COLUMNS

if TYPE_CHECKING:
    import polars as pl

RULES_VERSION = "1"
_PRICE = r"^-?\d{1,10}(\.\d{1,4})?$"  # what numeric(14, 4) holds without rounding
_CODE_SUFFIX = r"^(\d+)\.0$"  # pandas writes whole-number ids as 13995.0 when some are missing


class UnreadableFile(Exception):
    """A file that is set aside whole; the message is the reason."""


@dataclass(frozen=True)
class DayPart:
    """What one file gives to one day: rows read, rejected ones included, and a hash over them as they stand in it."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class ParsedFile:
    """Rows of one file. Every record of the file is in exactly one of the two frames.

    `accepted`: invoice_date, invoice_no, stock_code, description, quantity, invoiced_at, unit_price, customer_id,
    country, row_number. `rejected`: invoice_date (the day that the row is counted under), row_number, raw, reason.
    `days`: what the file gives to each day.
    `read_again_on`: the first day on which a row that is rejected today for lying in the future becomes valid.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    days: Mapping[date, DayPart]
    read_again_on: date | None


def parse_file(data: bytes, first_day: date, last_day: date) -> ParsedFile:
    """Read one csv file of the Online Retail format.

    Rules: UTF-8, a line is a record (no line breaks inside values), blank lines are none. A row that breaks a rule is
    rejected under its own date; one without a valid date (first_day..last_day) under the file's earliest valid one.
    Exact repeats stay: a line is a line. Raises UnreadableFile when the header, the encoding or all dates are wrong.
    """
    import polars as pl

    records, broken = _split(_decode(data))
    schema = {"row_number": pl.Int32, "raw": pl.String, **dict.fromkeys(TRANSACTION_COLUMNS, pl.String)}
    columns = zip(*records, strict=True) if records else ([] for _ in schema)
    frame = pl.DataFrame(dict(zip(schema, columns, strict=True)), schema=schema)
    frame = _validated(frame, first_day, last_day)
    earliest = frame.select(pl.col("invoice_date").filter(pl.col("date_is_valid")).min()).item()
    if earliest is None and (records or broken):
        raise UnreadableFile("no row has a valid date")
    future = frame.select(pl.col("invoice_date").filter(pl.col("invoice_date") > last_day).min()).item()
    counted_under = pl.when("date_is_valid").then("invoice_date").otherwise(pl.lit(earliest, pl.Date))
    rejected = pl.concat(
        [
            frame.filter(pl.col("reason").is_not_null()).select(
                counted_under.alias("invoice_date"), "row_number", "raw", "reason"
            ),
            pl.DataFrame(
                [(earliest, number, raw, reason) for number, raw, reason in broken],
                schema={"invoice_date": pl.Date, "row_number": pl.Int32, "raw": pl.String, "reason": pl.String},
                orient="row",
            ),
        ]
    ).sort("row_number")
    accepted = frame.filter(pl.col("reason").is_null())
    return ParsedFile(
        accepted.drop("raw", "reason", "date_is_valid"),
        rejected,
        _day_parts(accepted, rejected),
        future - timedelta(days=1) if future else None,
    )


def _day_parts(*frames: pl.DataFrame) -> dict[date, DayPart]:
    import polars as pl

    rows = pl.concat([frame.select("invoice_date", "row_number", "raw") for frame in frames]).sort("row_number")
    parts = {}
    for (day,), group in rows.partition_by("invoice_date", as_dict=True, maintain_order=True).items():
        digest = sha256(",".join(map(str, group["row_number"].to_list())).encode())
        digest.update("\n".join(group["raw"].to_list()).encode())
        parts[day] = DayPart(group.height, digest.hexdigest())
    return dict(sorted(parts.items()))


def _decode(data: bytes) -> str:
    if b"\0" in data:
        raise UnreadableFile("it holds NUL bytes: it is not UTF-8 text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableFile(f"it is not UTF-8 (byte {error.start}, line {line})") from None


def _split(text: str) -> tuple[list[tuple[int | str, ...]], list[tuple[int, str, str]]]:
    """(row number, raw text, 8 fields) of each whole record, and (row number, raw text, reason) of each broken one."""
    lines = text.split("\n")
    header = _fields(lines[0].removesuffix("\r"))
    if header is None or [name.strip() for name in header] != list(TRANSACTION_COLUMNS):
        found = lines[0].strip()[:200]
        raise UnreadableFile(f"the header is {found!r}, not {','.join(TRANSACTION_COLUMNS)!r}")
    records: list[tuple[int | str, ...]] = []
    broken: list[tuple[int, str, str]] = []
    width = len(TRANSACTION_COLUMNS)
    for number, line in enumerate(lines[1:], start=2):
        line = line.removesuffix("\r")
        fields = _fields(line) if '"' in line else line.split(",")
        if fields is not None and len(fields) == width:
            records.append((number, line, *fields))
        elif line.strip():
            reason = "its quotes do not match" if fields is None else f"it has {len(fields)} fields, not {width}"
            broken.append((number, line, reason))
    return records, broken


def _fields(line: str) -> list[str] | None:
    """Fields of one line, None when its quotes do not match."""
    try:
        return next(csv.reader((line,), strict=True), [])
    except csv.Error:
        return None


def _validated(frame: pl.DataFrame, first_day: date, last_day: date) -> pl.DataFrame:
    """Typed columns, plus `reason` (null: accepted) and `date_is_valid`."""
    import polars as pl

    def trimmed(name: str) -> pl.Expr:
        return pl.col(name).str.strip_chars()

    typed = frame.select(
        trimmed("InvoiceDate").str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False).alias("invoiced_at"),
        trimmed("Quantity").cast(pl.Int32, strict=False).alias("quantity"),
        pl.when(trimmed("UnitPrice").str.contains(_PRICE))
        .then(trimmed("UnitPrice").cast(pl.Decimal(14, 4), strict=False))
        .alias("unit_price"),
        invoice_no=trimmed("InvoiceNo"),
        stock_code=trimmed("StockCode"),
        description=pl.when(pl.col("Description") != "").then("Description"),
        customer_id=pl.when(trimmed("CustomerID") != "").then(trimmed("CustomerID").str.replace(_CODE_SUFFIX, "$1")),
        country=pl.when(trimmed("Country") != "").then(trimmed("Country")),
        row_number="row_number",
        raw="raw",
    ).with_columns(invoice_date=pl.col("invoiced_at").dt.date())
    day = pl.col("invoice_date")
    reason = (
        pl.when(day.is_null())
        .then(pl.lit("InvoiceDate is not YYYY-MM-DD HH:MM:SS"))
        .when(day < first_day)
        .then(pl.lit(f"InvoiceDate lies before {first_day}"))
        .when(day > last_day)
        .then(pl.lit("InvoiceDate lies in the future"))
        .when(pl.col("invoice_no") == "")
        .then(pl.lit("InvoiceNo is empty"))
        .when(pl.col("stock_code") == "")
        .then(pl.lit("StockCode is empty"))
        .when(pl.col("quantity").is_null())
        .then(pl.lit("Quantity is not a whole number"))
        .when(pl.col("unit_price").is_null())
        .then(pl.lit("UnitPrice is not a number with at most 4 decimals"))
    )
    names = ("invoice_date", "invoice_no", "stock_code", "description", "quantity", "invoiced_at", "unit_price")
    return typed.select(
        *(*names, "customer_id", "country", "row_number", "raw"),
        reason=reason,
        date_is_valid=day.is_between(first_day, last_day).fill_null(False),
    )
