"""One file of transactions -> accepted and rejected rows, by the same rules for every format. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from aieco_assets.core.retail.formats import read_records
from aieco_assets.core.retail.records import CutOff, UnreadableFile

if TYPE_CHECKING:
    import polars as pl

RULES_VERSION = "3"
_PRICE = r"^-?\d{1,10}(\.\d{1,4})?$"  # what numeric(14, 4) holds without rounding
_CODE_SUFFIX = r"^(\d+)\.0$"  # pandas writes whole-number ids as 13995.0 when some are missing


# What each of the typed columns must be; a file in which no row fits one of them has changed its type.
_TYPES = {
    "invoiced_at": "InvoiceDate is not YYYY-MM-DD HH:MM:SS",
    "quantity": "Quantity is not a whole number",
    "unit_price": "UnitPrice is not a number with at most 4 decimals",
}


NON_PRODUCTS = ["POST", "DOT", "C2", "M", "D", "S", "B", "CRUK", "BANK CHARGES", "AMAZONFEE", "ADJUST", "ADJUST2"]


@dataclass(frozen=True)
class DayPart:
    """What one file gives to one day: rows read, rejected ones included, and a hash over them as they stand in it."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class ParsedFile:
    """Rows of one file. Every record of the file is in exactly one of the two frames.

    `accepted`: invoice_date, invoice_no, stock_code, description, quantity, invoiced_at, unit_price, customer_id,
    country, extra (JSON text of the added columns, null when there are none), row_number.
    `rejected`: invoice_date (the day that the row is counted under), row_number, raw, reason.
    `days`: what the file gives to each day.
    `read_again_on`: the first day on which a row that is rejected today for lying in the future becomes valid.
    `added`: names of the columns beyond the 8. `cut`: the last line has no end and is not whole.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    days: Mapping[date, DayPart]
    read_again_on: date | None
    added: tuple[str, ...] = ()
    cut: bool = False


def parse_file(
    data: bytes, first_day: date, last_day: date, name: str = "transactions.csv", undated_under: date | None = None
) -> ParsedFile:
    """Read one file of the Online Retail columns; the ending of `name` says the format.

    Rules: text is UTF-8, a line is a record (no line breaks inside values), blank lines are none. A row that breaks a
    rule is rejected under its own date; one without a valid date (first_day..last_day) under the file's earliest valid
    one, or where it has none under `undated_under`, as of a file that is made of such rows; without that it is refused.
    Exact repeats stay: a line is a line. Raises UnreadableFile when the columns, the encoding, all values of a
    typed column or all dates are wrong, and CutOff, which is one, when the file ends in the middle.
    """
    import polars as pl

    records = read_records(data, name)
    broken = records.broken
    unreadable = CutOff if records.cut else UnreadableFile
    if broken and not records.rows and not records.lines:
        raise unreadable(f"none of its rows is whole: row {broken[0][0]}: {broken[0][2]}")
    frame = _validated(records.frame(), first_day, last_day)
    found = frame.select(
        *(pl.col(column).null_count() for column in _TYPES),
        earliest=pl.col("invoice_date").filter(pl.col("date_is_valid")).min(),
        future=pl.col("invoice_date").filter(pl.col("invoice_date") > last_day).min(),
        rejected=pl.col("reason").count(),
    ).row(0, named=True)
    if frame.height > 1:
        for column, rule in _TYPES.items():
            if found[column] == frame.height and not (undated_under and column == "invoiced_at"):
                raise unreadable(f"{rule} in any of its {frame.height} rows")
    earliest = found["earliest"] or undated_under
    if earliest is None and frame.height:
        raise unreadable("no row has a valid date")
    rejected = _rejected(frame if found["rejected"] else frame.clear(), broken, earliest)
    accepted = frame.filter(pl.col("reason").is_null()) if found["rejected"] else frame
    return ParsedFile(
        _without(accepted, "raw", "reason", "date_is_valid"),
        rejected,
        _day_parts(records.layout, accepted, rejected),
        found["future"] - timedelta(days=1) if found["future"] else None,
        records.added,
        records.cut,
    )


def _rejected(frame: pl.DataFrame, broken: list[tuple[int, str, str]], earliest: date | None) -> pl.DataFrame:
    """Rows that broke a rule, and records that are none, in the order of the file."""
    import polars as pl

    schema = {"invoice_date": pl.Date, "row_number": pl.Int32, "raw": pl.String, "reason": pl.String}
    records = pl.DataFrame([(earliest, *record) for record in broken], schema=schema, orient="row")
    if not frame.height:
        return records
    counted_under = pl.when("date_is_valid").then("invoice_date").otherwise(pl.lit(earliest, pl.Date))
    rows = (
        frame.lazy().filter(pl.col("reason").is_not_null()).select(counted_under.alias("invoice_date"), *[*schema][1:])
    )
    return pl.concat([rows, records.lazy()]).sort("row_number").collect()


def _without(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """The frame with fewer columns. `drop` is a query, which costs more than reading a small file's column."""
    kept = frame.clone()
    for name in names:
        kept.drop_in_place(name)
    return kept


def _day_parts(layout: str, accepted: pl.DataFrame, rejected: pl.DataFrame) -> dict[date, DayPart]:
    import polars as pl

    rows = accepted
    if rejected.height:
        names = ("invoice_date", "row_number", "raw")
        rows = pl.concat([accepted.select(names), rejected.select(names)]).sort("row_number")
    parts = {}
    for (day,), group in rows.partition_by("invoice_date", as_dict=True, maintain_order=True).items():
        numbers, texts = group.select(
            pl.col("row_number").cast(pl.String).str.join(","), pl.col("raw").str.join("\n")
        ).row(0)
        digest = sha256(f"{layout}{numbers}".encode())
        digest.update(texts.encode())
        parts[day] = DayPart(group.height, digest.hexdigest())
    return dict(sorted(parts.items()))


def _validated(frame: pl.LazyFrame, first_day: date, last_day: date) -> pl.DataFrame:
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
        extra="extra",
        row_number="row_number",
        raw="raw",
    ).with_columns(invoice_date=pl.col("invoiced_at").dt.date())
    day = pl.col("invoice_date")
    reason = (
        pl.when(day.is_null())
        .then(pl.lit(_TYPES["invoiced_at"]))
        .when(day < first_day)
        .then(pl.lit(f"InvoiceDate lies before {first_day}"))
        .when(day > last_day)
        .then(pl.lit("InvoiceDate lies in the future"))
        .when(pl.col("invoice_no") == "")
        .then(pl.lit("InvoiceNo is empty"))
        .when(pl.col("stock_code") == "")
        .then(pl.lit("StockCode is empty"))
        .when(pl.col("quantity").is_null())
        .then(pl.lit(_TYPES["quantity"]))
        .when(pl.col("unit_price").is_null())
        .then(pl.lit(_TYPES["unit_price"]))
    )
    names = ("invoice_date", "invoice_no", "stock_code", "description", "quantity", "invoiced_at", "unit_price")
    typed = typed.with_columns(
        pl.col("quantity").cast(pl.Decimal(18, 4)),
        pl.col("unit_price").cast(pl.Decimal(18, 6)),
        (pl.col("quantity").cast(pl.Decimal(28, 6)) * pl.col("unit_price").cast(pl.Decimal(28, 6))).alias("amount"),
        pl.lit(None, pl.String).alias("category"),
        pl.lit(None, pl.String).alias("store"),
        *_classified(),
    )
    names = (*names, "amount", "category", "store", "line_type", "is_product", "order_type")
    return typed.select(
        *(*names, "customer_id", "country", "extra", "row_number", "raw"),
        reason=reason,
        date_is_valid=day.is_between(first_day, last_day).fill_null(False),
    ).collect()


def _classified() -> list[pl.Expr]:
    """What a line is (the first rule that fits), whether its item is of the catalogue, what its invoice says it is."""
    import polars as pl

    invoice, item = pl.col("invoice_no").str.to_uppercase(), pl.col("stock_code").str.to_uppercase()
    product = ~(item.is_in(NON_PRODUCTS) | item.str.starts_with("GIFT_"))
    order = (
        pl.when(invoice.str.starts_with("A"))
        .then(pl.lit("adjustment"))
        .when(invoice.str.starts_with("C"))
        .then(pl.lit("cancellation"))
    )
    line = (
        pl.when(invoice.str.starts_with("A"))
        .then(pl.lit("adjustment"))
        .when(~product)
        .then(pl.lit("non_product"))
        .when(invoice.str.starts_with("C"))
        .then(pl.lit("return"))
        .when((pl.col("quantity") <= 0) | (pl.col("unit_price") <= 0))
        .then(pl.lit("adjustment"))
        .otherwise(pl.lit("sale"))
    )
    return [line.alias("line_type"), product.alias("is_product"), order.alias("order_type")]
