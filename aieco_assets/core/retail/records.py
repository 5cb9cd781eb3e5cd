"""What every reader of a transaction file gives: records as text, and the reasons why a file or a record is none."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import TRANSACTION_COLUMNS

if TYPE_CHECKING:
    import polars as pl

MAX_UNPACKED_BYTES = 2**30
MAX_RATIO = 200  # sales data packs 5 to 30 times; what packs better than this is made to fill the memory
MAX_CELLS = 20_000_000  # of a parquet file or workbook: a few bytes can stand for billions of equal or empty cells
MAX_ADDED = 100
_SMALL = 64 * 2**20  # below this a ratio says nothing: a file of one repeated line is harmless


class UnreadableFile(Exception):
    """A file that is set aside whole; the message is the reason."""


class CutOff(UnreadableFile):
    """A file that ends in the middle, as one that is still being written does."""


@dataclass
class Records:
    """The records of one file. Each is in `rows`, `lines` or `broken`.

    `rows`: (row number, raw text, the 8 fields as text). `lines`: raw text by row number, where the 8 fields are what
    stands between its commas. `broken`: (row number, raw text, reason). `added`: columns
    beyond the 8, sorted; `extra`: for each row the JSON object of their values, empty when there are none.
    `layout`: names the columns where `raw` does not, so that a new header over old lines counts as a change.
    `cut`: the last line has no end and is not whole.
    """

    rows: list[tuple[int | str, ...]] = field(default_factory=list)
    lines: dict[int, str] = field(default_factory=dict)
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    added: tuple[str, ...] = ()
    extra: list[str] = field(default_factory=list)
    layout: str = ""
    cut: bool = False

    def add(self, layout: Layout, number: int, raw: str, values: Sequence[str | None]) -> None:
        """Put one record, whose values stand in the order of the file's columns, where it belongs."""
        if not storable("".join(value for value in values if value)):
            self.broken.append((number, raw, "it holds a NUL or half a character"))
            return
        self.rows.append((number, raw, *(values[index] or "" for index in layout.fields)))
        if layout.extras:
            extra = {name: values[index] for name, index in layout.extras}
            self.extra.append(json.dumps(extra, ensure_ascii=False))

    def frame(self) -> pl.LazyFrame:
        """row_number, raw, the 8 fields as text, extra; in the order of the file."""
        import polars as pl

        names = [*TRANSACTION_COLUMNS]
        lines = pl.LazyFrame(
            {"row_number": [*self.lines], "raw": [*self.lines.values()]},
            schema={"row_number": pl.Int32, "raw": pl.String},
        ).with_columns(pl.col("raw").str.split_exact(",", len(names) - 1).struct.rename_fields(names).alias("fields"))
        lines = lines.unnest("fields").with_columns(extra=pl.lit(None, pl.String))
        if not self.rows:
            return lines
        schema = {"row_number": pl.Int32, "raw": pl.String, **dict.fromkeys(names, pl.String)}
        rows = pl.LazyFrame(dict(zip(schema, zip(*self.rows, strict=True), strict=True)), schema=schema)
        extra = pl.Series(self.extra, dtype=pl.String) if self.extra else pl.lit(None, pl.String)
        rows = rows.with_columns(extra=extra)
        return pl.concat([lines, rows]).sort("row_number") if self.lines else rows


class Layout:
    """Where a file's columns stand. They may come in any order, and there may be more than the 8.

    `found` begins the reason ("the header is 'a,b'"). Raises UnreadableFile when one is missing, unnamed or double.
    """

    def __init__(self, names: Sequence[str], found: str) -> None:
        names = [name.strip() for name in names]
        if missing := [name for name in TRANSACTION_COLUMNS if name not in names]:
            raise UnreadableFile(f"{found}, which lacks {', '.join(missing)}")
        if "" in names:
            raise UnreadableFile(f"column {names.index('') + 1} has no name")
        if double := [name for name, count in Counter(names).items() if count > 1]:
            raise UnreadableFile(f"more than one column is named {', '.join(double)}")
        if len(names) > len(TRANSACTION_COLUMNS) + MAX_ADDED:
            raise UnreadableFile(f"it has {len(names)} columns: {MAX_ADDED} more than the known ones are the most")
        if not all(map(storable, names)):
            raise UnreadableFile("the name of a column holds a NUL or half a character")
        self.plain = names == list(TRANSACTION_COLUMNS)
        self.names = names
        self.fields = [names.index(name) for name in TRANSACTION_COLUMNS]
        self.extras = sorted((name, index) for index, name in enumerate(names) if name not in TRANSACTION_COLUMNS)
        self.added = tuple(name for name, _ in self.extras)


def storable(text: str) -> bool:
    """Whether Postgres can hold it: no NUL, and no half of a surrogate pair, which only JSON can smuggle in."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def as_text(value: Any) -> str | None:
    """A typed value as a csv file would say it, exactly: 6.0 is 6, 2.5500 is 2.55, a fraction of a second stays.

    None and NaN, with which pandas marks what is missing, are None; lists and objects are JSON.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, Decimal):
        return _decimal_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=as_text)
    return str(value)  # a duration, a UUID, a driver's own type


def _decimal_text(value: Decimal) -> str | None:
    if value.is_nan():
        return None
    if not value.is_finite() or abs(value.adjusted()) > 30:  # 1e999999999 written out would fill the memory
        return str(value)
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def unpacked_limit(packed: int) -> int:
    """The most bytes that a packed file may unpack to."""
    return min(MAX_UNPACKED_BYTES, max(packed * MAX_RATIO, _SMALL))


def too_large(limit: int) -> UnreadableFile:
    """The reason why a file that unpacks beyond its limit is set aside."""
    return UnreadableFile(f"it unpacks to more than {limit // 2**20} MiB: split it into smaller files")
