"""Text of values between delimiters (csv, tsv) -> a table. Most lines are taken apart together, by polars; those with
quotes, and those of another width, one by one: a value in quotes may hold delimiters and line breaks."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Written
from aieco_assets.core.retail.tables.table import (
    HEADER_ROWS,
    RAW,
    ROW,
    CutHeader,
    Fits,
    NoFittingHeader,
    Table,
    checked_names,
    no_such_row,
    without_empty_end,
)

if TYPE_CHECKING:
    import polars as pl

DELIMITERS = (",", ";", "\t", "|")
_HINT = re.compile(r'"?sep=(.)"?[,;\t|]*\r?', re.IGNORECASE)  # the line by which Excel is told the delimiter
_MOST_LINES, _MOST_CHARACTERS = 200, 100_000  # of one value; beyond it a quote was forgotten
_MOST_FORGOTTEN = 200  # unclosed quotes whose end is looked for in one file
_MOST_BEYOND = 20  # columns without a name behind the header's
_CHUNK = 100_000


def read_delimited(text: str, fits: Fits, written: Written) -> Table:
    """The table below the first line that is a header that fits. Raises NoFittingHeader."""
    import polars as pl

    lines = pl.Series(RAW, [text]).str.split("\n").explode()
    if text.endswith("\n"):
        lines = lines.head(-1)
    at, delimiter, header = _header(lines, fits, written)
    frame = (
        lines.to_frame()
        .with_row_index(ROW, offset=1)
        .slice(at + 1)
        .with_columns(pl.col(ROW).cast(pl.Int32), pl.col(RAW).str.strip_suffix("\r"))
        .filter(pl.col(RAW).str.strip_chars(f' \t"{delimiter}') != "")
        .with_columns(
            quoted=pl.col(RAW).str.contains('"', literal=True),
            width=pl.col(RAW).str.count_matches(delimiter, literal=True) + 1,
        )
    )
    usual = frame.filter(~pl.col("quoted")).get_column("width").mode()
    width = told = len(header)
    header = without_empty_end(header)
    if len(usual) and width < (most := int(usual.max() or 0)) <= width + _MOST_BEYOND:  # pyright: ignore[reportArgumentType]
        width = most
    header = [*header, *[""] * (width - len(header))]
    one_by_one = pl.col("quoted") | (pl.col("width") != width)
    special = _Special(delimiter, width, named=max((i for i, name in enumerate(header, 1) if name), default=0))
    parts = [*special.parts(frame.filter(one_by_one), lines)]
    plain = frame.filter(~one_by_one)
    if special.inside:
        plain = plain.filter(~pl.col(ROW).is_in(special.inside))
    plain = plain.select(ROW, RAW, pl.col(RAW).str.split_exact(delimiter, width - 1).alias("fields"))
    plain = plain.with_columns(pl.col("fields").struct.rename_fields([f"c{i}" for i in range(width)])).unnest("fields")
    whole = pl.concat([plain, *parts]).sort(ROW) if parts else plain
    whole = _within(whole, told, width, special)
    table = _without_empty_columns(Table(header, whole, special.broken, delimiter=delimiter))
    table.cut = bool(table.broken) and table.broken[-1][0] == len(lines) and not text.endswith("\n")
    return table


def fields_of(line: str, delimiter: str = ",") -> list[str] | None:
    """The values of one record, None when its quotes do not match."""
    try:
        lines = (line,) if "\n" not in line else re.split(r"(?<=\n)", line)
        return next(csv.reader(lines, delimiter=delimiter, strict=True), [])
    except csv.Error:
        return None


def _header(lines: pl.Series, fits: Fits, written: Written) -> tuple[int, str, list[str]]:
    head = [line.removesuffix("\r") for line in lines.head(HEADER_ROWS + (written.header_row or 0)).to_list()]
    hint = _HINT.fullmatch(head[0]) if head else None
    delimiters = (written.delimiter or (hint and hint[1]) or "",) if written.delimiter or hint else DELIMITERS
    rows = [written.header_row - 1] if written.header_row else range(1 if hint else 0, min(len(head), HEADER_ROWS))
    for row in rows:
        for delimiter in delimiters:
            line = head[row] if row < len(head) else ""
            header = fields_of(line, delimiter) or []
            names = without_empty_end(header)
            if names and fits(names):
                return row, delimiter, header
    if written.header_row and written.header_row > len(head):
        raise UnreadableFile(no_such_row(written.header_row))
    first = next((line for line in head[rows[0] if written.header_row else 1 if hint else 0 :] if line.strip()), "")
    best = max(delimiters, key=first.count)
    kind = CutHeader if len(lines) == 1 else NoFittingHeader
    raise kind(fields_of(first, best) or [first], f"the header is {first.strip()[:200]!r}")


class _Special:
    """Lines that are taken apart one by one. `inside`: numbers of lines that belong to the record before them."""

    def __init__(self, delimiter: str, width: int, named: int) -> None:
        self.delimiter, self.width, self.named = delimiter, width, named
        self.broken: list[tuple[int, str, str]] = []
        self.inside: list[int] = []
        self._forgotten = 0

    def parts(self, frame: pl.DataFrame, lines: pl.Series) -> Iterator[pl.DataFrame]:
        free = 0
        for chunk in frame.iter_slices(_CHUNK):
            found: list[tuple[int | str, ...]] = []
            for number, line in chunk.select(ROW, RAW).iter_rows():
                if number < free:
                    continue
                raw, fields, end = self._record(number, line, lines)
                free = end + 1
                self.inside.extend(range(number + 1, free))
                if fields is not None and self.named <= len(fields) <= self.width:
                    found.append((number, raw, *fields, *[""] * (self.width - len(fields))))
                else:
                    reason = "its quotes do not match" if fields is None else self.other_width(len(fields))
                    self.broken.append((number, raw, reason))
            if found:
                yield _frame(found, self.width)

    def _record(self, number: int, line: str, lines: pl.Series) -> tuple[str, list[str] | None, int]:
        """The text of the record that begins in a line, its values, and the line that it ends in."""
        fields = self._fields(line)
        if fields is not None or self._forgotten >= _MOST_FORGOTTEN:
            return line, fields, number
        whole = line
        for end in range(number + 1, min(len(lines), number + _MOST_LINES) + 1):
            following = lines[end - 1].removesuffix("\r")
            whole += "\n" + following
            if len(whole) > _MOST_CHARACTERS:
                break
            if '"' in following and (fields := self._fields(whole)) is not None and len(fields) == self.width:
                return whole, fields, end
        self._forgotten += 1
        return line, None, number

    def _fields(self, text: str) -> list[str] | None:
        fields = fields_of(text, self.delimiter)
        while fields and len(fields) > self.width and not fields[-1].strip():
            fields.pop()
        return fields

    def other_width(self, fields: int) -> str:
        return f"it has {fields} fields, not {self.named}"


def _frame(rows: list[tuple[int | str, ...]], width: int) -> pl.DataFrame:
    import polars as pl

    schema = {ROW: pl.Int32, RAW: pl.String, **{f"c{index}": pl.String for index in range(width)}}
    return pl.DataFrame(dict(zip(schema, zip(*rows, strict=True), strict=True)), schema=schema)


def _within(frame: pl.DataFrame, told: int, width: int, special: _Special) -> pl.DataFrame:
    """The rows without values beyond the header's end: in those a delimiter stands unquoted within a value, and the
    values behind it are not what their columns say."""
    import polars as pl

    if width == told:
        return frame
    fields = pl.max_horizontal(
        pl.when(pl.col(f"c{index}").str.strip_chars() != "").then(index + 1).otherwise(0)
        for index in range(told, width)
    )
    rows = frame.select(ROW, RAW, fields.alias("fields")).filter(pl.col("fields") > 0)
    special.broken += [(row, raw, special.other_width(count)) for row, raw, count in rows.iter_rows()]
    special.broken.sort()
    return frame.filter(~pl.col(ROW).is_in(rows[ROW].implode()))


def _without_empty_columns(table: Table) -> Table:
    """Columns that have neither name nor value are none; what they stand for is a delimiter at the line's end."""
    import polars as pl

    unnamed = [index for index, name in enumerate(table.names) if not name.strip()]
    if unnamed:
        filled = table.frame.select((pl.col(f"c{index}").str.strip_chars() != "").any() for index in unnamed).row(0)
        gone = {index for index, is_filled in zip(unnamed, filled, strict=True) if not is_filled}
        kept = [index for index in range(len(table.names)) if index not in gone]
        table.frame = table.frame.select(
            ROW, RAW, *(pl.col(f"c{index}").alias(f"c{at}") for at, index in enumerate(kept))
        )
        table.names = [table.names[index] for index in kept]
    table.names = checked_names(table.names)
    return table
