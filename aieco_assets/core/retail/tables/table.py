"""A table of a file as every reader gives it, and how its header is told from what stands above it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aieco_assets.core.retail.records import MAX_COLUMNS, CutOff, UnreadableFile, storable

if TYPE_CHECKING:
    import polars as pl

# Whether a table with these column names is what is looked for.
Fits = Callable[[Sequence[str]], bool]
HEADER_ROWS = 30  # a title, an address, a date may stand above the header
ROW, RAW = "row_number", "raw"


class NoFittingHeader(UnreadableFile):
    """A table was found, and its header does not fit; `names`: the header that it seems to have."""

    def __init__(self, names: Sequence[str], found: str) -> None:
        super().__init__(found)
        self.names = list(names)


class CutHeader(NoFittingHeader, CutOff):
    """The first line is all there is, and has no end."""


@dataclass
class Table:
    """Grain of `frame`: record, in the order of the file.

    Columns of `frame`: `c0`, `c1` … for `names` (text as it stands, or the type that the file gives; null or empty:
    nothing), `row_number` (line of a text file, row of a sheet, record + 1 of others) and, from text files, `raw`.
    `broken`: (row number, raw text, reason) of records that are none. `sheet`: empty where a file is one table.
    `typed`: numbers and times are values and not text written by people. `cut`: the last line has no end.
    `delimiter`: what stands between the values of text.
    """

    names: list[str]
    frame: pl.DataFrame
    broken: list[tuple[int, str, str]] = field(default_factory=list)
    sheet: str = ""
    typed: bool = False
    cut: bool = False
    delimiter: str = ""

    @property
    def columns(self) -> list[str]:
        return [f"c{index}" for index in range(len(self.names))]


def no_such_row(row: int) -> str:
    """Why a file is not read whose header lies behind its end."""
    return f"it has no row {row}: mend written.header_row in shop.yaml"


def checked_names(names: Sequence[str]) -> list[str]:
    """Names of columns as they are told; one without is called by its place.

    Raises UnreadableFile when a name stands twice, or there are too many.
    """
    named = [name.strip() or f"column {index}" for index, name in enumerate(names, start=1)]
    if double := [name for name, count in Counter(named).items() if count > 1]:
        raise UnreadableFile(f"more than one column is named {', '.join(double)}")
    if len(named) > MAX_COLUMNS:
        raise UnreadableFile(f"it has {len(named)} columns: {MAX_COLUMNS} are the most")
    if not all(map(storable, named)):
        raise UnreadableFile("the name of a column holds a NUL or half a character")
    return named


def without_empty_end(values: Sequence[str | None]) -> list[str]:
    """Names or values without the empty ones at the end."""
    found = [value or "" for value in values]
    while found and not found[-1].strip():
        found.pop()
    return found
