"""One file of transactions -> accepted and rejected rows, by the same rules for every format. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from aieco_assets.core.retail.lines.columns import TEXTS
from aieco_assets.core.retail.lines.file_currency import currency_of, one_currency
from aieco_assets.core.retail.lines.reasons import UselessColumn
from aieco_assets.core.retail.lines.roles import double, positions, shop_of, unfit
from aieco_assets.core.retail.lines.taken_ids import is_named, refuse_taken
from aieco_assets.core.retail.lines.typed import LINE_COLUMNS, typed_lines
from aieco_assets.core.retail.records import CutOff, UnreadableFile
from aieco_assets.core.retail.shop.mapping import UNTOLD, Shop
from aieco_assets.core.retail.tables import read_tables
from aieco_assets.core.retail.tables.table import RAW, ROW, NoFittingHeader, Table

if TYPE_CHECKING:
    import polars as pl

    from aieco_assets.core.retail.reading_rules import Rules

SHEET = "sheet"


@dataclass(frozen=True)
class DayPart:
    """What one file gives to one day: rows read, rejected ones included, and a hash over what stands in them."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class ParsedFile:
    """Rows of one file. Every record of the file is in exactly one of the two frames, which are in the order of days.

    `accepted`: LINE_COLUMNS, row_number, sheet (empty where the file is one table).
    `rejected`: invoice_date (the day that the row is counted under), row_number, raw, reason, sheet.
    `days`: what the file gives to each day.
    `read_again_on`: the first day on which a row that is rejected today for lying in the future becomes valid.
    `named`: whether an id looks as if it began with the name of a source.
    `added`: names of the columns that play no role. `shop`: the mapping that it was read by; `currency`: the one that
    its lines name, empty when none does. `cut`: the last line has no end and is not whole.
    """

    accepted: pl.DataFrame
    rejected: pl.DataFrame
    days: Mapping[date, DayPart]
    read_again_on: date | None
    shop: Shop
    added: tuple[str, ...] = ()
    cut: bool = False
    currency: str = ""
    named: bool = False

    def lines_of(self, day: date) -> pl.DataFrame:
        """The accepted rows of a day."""
        return self.accepted.slice(*self._lines.get(day, (0, 0)))

    def rejects_of(self, day: date) -> pl.DataFrame:
        """The rejected rows that are counted under a day."""
        return self.rejected.slice(*self._rejects.get(day, (0, 0)))

    @cached_property
    def line_types(self) -> dict[str, int]:
        """Accepted rows by type."""
        return dict(self.accepted["line_type"].value_counts().sort("line_type").iter_rows())

    @cached_property
    def _lines(self) -> dict[date, tuple[int, int]]:
        return _slices(self.accepted)

    @cached_property
    def _rejects(self) -> dict[date, tuple[int, int]]:
        return _slices(self.rejected)


def parse_file(data: bytes, name: str, rules: Rules, undated_under: date | None = None) -> ParsedFile:
    """Read one file by the shop's mapping, or by the known layout that its header has; the ending of `name` says how.

    A row that breaks a rule is rejected under its own date; one without a valid date (first_day..last_day) under the
    file's earliest valid one, or where it has none under `undated_under`, as of a file that is made of such rows;
    without that it is refused. Exact repeats stay: a line is a line. Raises UnreadableFile when the columns, the
    encoding, all values of a typed column or all dates are wrong, and CutOff, which is one, when the file ends in the
    middle.
    """
    rules = rules.of(name)
    mapping = rules.mapping
    written = mapping.written if mapping else UNTOLD
    sheets, rows = (mapping.sheets, mapping.rows) if mapping else ((), None)
    try:
        tables = read_tables(data, name, lambda names: shop_of(names, mapping) is not None, written, sheets, rows)
    except NoFittingHeader as error:
        kind = CutOff if isinstance(error, CutOff) else UnreadableFile
        raise kind(unfit(error.names, mapping, str(error))) from None
    parts = [_table_rows(table, shop_of(table.names, mapping), rules, undated_under) for table in tables]
    return _together(parts, tables, rules, undated_under)


@dataclass(frozen=True)
class _Rows:
    shop: Shop
    frame: pl.DataFrame
    broken: list[tuple[int, str, str]]
    sheet: str
    currency: str
    named: bool


def _table_rows(table: Table, shop: Shop | None, rules: Rules, undated_under: date | None) -> _Rows:
    import polars as pl

    assert shop is not None, "a table is read because its header fits"
    is_of_objects = table.typed and RAW in table.frame.columns
    if not is_of_objects and (same := double(shop, table.names)):
        raise UnreadableFile(f"{' and '.join(same)} are two spellings of one column: leave one out")
    unreadable = CutOff if table.cut else UnreadableFile
    if table.broken and not table.frame.height:
        raise unreadable(f"none of its rows is whole: row {table.broken[0][0]}: {table.broken[0][2]}")
    try:
        frame = typed_lines(table, shop, rules.first_day, rules.last_day, rules.lookups)
    except UselessColumn as error:
        if error.is_time and undated_under:
            frame = typed_lines(table, shop, rules.first_day, rules.last_day, rules.lookups, judge=False)
        else:
            raise unreadable(str(error)) from None
    at = positions(shop, table.names)
    said = {TEXTS[role]: table.names[places[0]] for role, places in at.items() if role in TEXTS}
    frame = refuse_taken(frame, rules.taken, said)
    if RAW not in frame.columns:
        refused = frame.filter(pl.col("reason").is_not_null()).select(ROW)
        frame = frame.join(_raw(table, refused), on=ROW, how="left", maintain_order="left")
    return _Rows(shop, frame, table.broken, table.sheet, currency_of(table, shop), is_named(frame, rules.own))


def _together(parts: list[_Rows], tables: list[Table], rules: Rules, undated_under: date | None) -> ParsedFile:
    import polars as pl

    frames = [part.frame.with_columns(pl.lit(part.sheet).alias(SHEET)) for part in parts]
    frame = pl.concat(frames) if len(frames) > 1 else frames[0]
    found = frame.select(
        earliest=pl.col("invoice_date").filter(pl.col("date_is_valid")).min(),
        future=pl.col("invoice_date").filter(pl.col("invoice_date") > rules.last_day).min(),
        refused=pl.col("reason").count(),
    ).row(0, named=True)
    cut = any(table.cut for table in tables)
    earliest = found["earliest"] or undated_under
    if earliest is None and frame.height:
        first = frame["reason"].drop_nulls().head(1).to_list()
        raise (CutOff if cut else UnreadableFile)(f"no row has a valid date: {first[0]}")
    accepted = frame.filter(pl.col("reason").is_null()) if found["refused"] else frame
    accepted = accepted.select(*LINE_COLUMNS, ROW, SHEET).with_columns(
        pl.concat_str(pl.lit(prefix), pl.col(column)).alias(column) for column, prefix in rules.own.items()
    )
    refused = frame.filter(pl.col("reason").is_not_null()) if found["refused"] else frame.clear()
    rejected = _rejected(refused, parts, earliest)
    if not accepted["invoice_date"].is_sorted():
        accepted = accepted.sort("invoice_date", maintain_order=True)
    used = [
        {place for places in positions(part.shop, table.names).values() for place in places}
        for part, table in zip(parts, tables, strict=True)
    ]
    added = {
        name
        for table, roles in zip(tables, used, strict=True)
        for at, name in enumerate(table.names)
        if at not in roles
    }
    return ParsedFile(
        accepted,
        rejected,
        _day_parts(accepted, rejected),
        found["future"] - timedelta(days=1) if found["future"] else None,
        parts[0].shop,
        tuple(sorted(added)),
        cut,
        one_currency([part.currency for part in parts]),
        any(part.named for part in parts),
    )


def _raw(table: Table, refused: pl.DataFrame) -> pl.DataFrame:
    """row_number and the record as JSON of the refused rows."""
    import polars as pl

    rows = table.frame.join(refused, on=ROW, how="semi")
    names = dict(zip(table.columns, table.names, strict=True))
    values = rows.select(pl.col(column).cast(pl.String).alias(name) for column, name in names.items())
    return pl.DataFrame({ROW: rows[ROW], RAW: values.to_struct("row").struct.json_encode()})


def _rejected(frame: pl.DataFrame, parts: list[_Rows], earliest: date | None) -> pl.DataFrame:
    """Rows that broke a rule, and records that are none, in the order of days and of the file."""
    import polars as pl

    schema = {"invoice_date": pl.Date, ROW: pl.Int32, RAW: pl.String, "reason": pl.String, SHEET: pl.String}
    broken = [(earliest, *record, part.sheet) for part in parts for record in part.broken]
    records = pl.DataFrame(broken, schema=schema, orient="row")
    if not frame.height:
        return records
    counted_under = pl.when("date_is_valid").then("invoice_date").otherwise(pl.lit(earliest, pl.Date))
    rows = frame.select(counted_under.alias("invoice_date"), *[*schema][1:])
    sheets = {part.sheet: at for at, part in enumerate(parts)}
    place = pl.col(SHEET).replace_strict(sheets, return_dtype=pl.Int32)
    return pl.concat([rows, records]).sort("invoice_date", place, ROW, maintain_order=True)


def _slices(frame: pl.DataFrame) -> dict[date, tuple[int, int]]:
    import polars as pl

    counts = frame.group_by("invoice_date", maintain_order=True).agg(pl.len().alias("rows"))
    starts = counts.with_columns(start=pl.col("rows").cum_sum() - pl.col("rows"))
    return {day: (start, rows) for day, rows, start in starts.iter_rows()}


def _day_parts(accepted: pl.DataFrame, rejected: pl.DataFrame) -> dict[date, DayPart]:
    """By what stands in the rows and not by where: a file that grew in the middle changes the days that changed."""
    import polars as pl

    texts = [pl.col(name).cast(pl.String).fill_null("\0") for name in LINE_COLUMNS[1:]]
    lines = accepted.select("invoice_date", pl.concat_str(texts, separator="\x1f").alias("text"))
    refused = rejected.select("invoice_date", pl.concat_str("reason", RAW, separator="\x1f").alias("text"))
    both = pl.concat([lines, refused]).sort("invoice_date", maintain_order=True) if refused.height else lines
    days = both.group_by("invoice_date", maintain_order=True).agg(pl.len().alias("rows"), pl.col("text").str.join("\n"))
    return {
        day: DayPart(rows, sha256(text.encode()).hexdigest())
        for day, rows, text in days.sort("invoice_date").iter_rows()
    }
