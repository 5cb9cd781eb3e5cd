"""Excel workbooks -> a table for each sheet whose header fits. Cells are the text that a csv would hold, exactly."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from io import BytesIO

from aieco_assets.core.retail.records import MAX_CELLS, CutOff, UnreadableFile, too_large, unpacked_limit
from aieco_assets.core.retail.shop.mapping import Written
from aieco_assets.core.retail.tables.parquet import TOO_MANY_CELLS
from aieco_assets.core.retail.tables.table import (
    HEADER_ROWS,
    ROW,
    Fits,
    NoFittingHeader,
    Table,
    checked_names,
    no_such_row,
    without_empty_end,
)

_CHUNK = 2**20
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")


def read_workbook(data: bytes, fits: Fits, written: Written, sheets: tuple[str, ...] = ()) -> list[Table]:
    """The sheets (those named, else all) with a header that fits; row numbers are Excel's own.

    Raises UnreadableFile, NoFittingHeader when no sheet fits, and CutOff when the end of the file is missing.
    """
    import fastexcel

    _refuse_bombs(data)
    found: list[Table] = []
    unfit: NoFittingHeader | None = None
    try:
        book = fastexcel.read_excel(data)
        if missing := [sheet for sheet in sheets if sheet not in book.sheet_names]:
            raise UnreadableFile(f"it has no sheet {missing[0]!r}: it has {', '.join(book.sheet_names)[:200]}")
        for sheet in sheets or book.sheet_names:
            # Without skip_rows=0 leading empty rows are left out, and with them Excel's own numbers.
            loaded = book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
            batch, errors = loaded.to_arrow_with_errors()
            broken_cells = {error.position[0] + 1 for error in (errors.errors if errors else ())}
            if any(column.null_count < len(column) for column in batch.columns):
                try:
                    found.append(_sheet(sheet, batch, broken_cells, fits, written))
                except NoFittingHeader as reason:
                    unfit = unfit or reason
    except fastexcel.FastExcelError as error:
        raise UnreadableFile(f"it cannot be read as a workbook ({str(error).splitlines()[0][:200]})") from None
    if not found:
        raise unfit or UnreadableFile("its sheets are empty")
    if len(found) == 1:
        found[0].sheet = ""
    return found


def _sheet(name: str, batch: object, broken_cells: set[int], fits: Fits, written: Written) -> Table:
    import polars as pl

    frame = pl.DataFrame(pl.from_arrow(batch))  # pyright: ignore[reportArgumentType]
    frame = frame.rename({column: f"c{index}" for index, column in enumerate(frame.columns)})
    head = [without_empty_end(row) for row in frame.head(HEADER_ROWS + (written.header_row or 0)).rows()]
    rows = [written.header_row - 1] if written.header_row else range(len(head))
    at = next((row for row in rows if row < len(head) and head[row] and fits(head[row])), None)
    if at is None:
        if written.header_row and written.header_row > len(head):
            raise UnreadableFile(no_such_row(written.header_row))
        first = next((row for row in head[rows[0] if written.header_row else 0 :] if row), [])
        raise NoFittingHeader(first, f"its header is {','.join(first)[:200]!r}")
    header = checked_names(head[at])
    columns = [f"c{index}" for index in range(len(header))]
    below = frame.with_row_index(ROW, offset=1).with_columns(pl.col(ROW).cast(pl.Int32)).slice(at + 1)
    below = below.filter(~pl.all_horizontal(pl.exclude(ROW).is_null() | (pl.exclude(ROW) == "")))
    beyond = [column for column in frame.columns if column not in columns]
    reason = pl.when(pl.col(ROW).is_in(broken_cells)).then(pl.lit("a cell of it holds an Excel error"))
    if beyond:
        stands = pl.any_horizontal(pl.col(beyond).is_not_null() & (pl.col(beyond) != ""))
        reason = reason.when(stands).then(pl.lit("a value stands beyond the header"))
    judged = below.with_columns(reason.alias("reason"))
    bad = judged.filter(pl.col("reason").is_not_null())
    broken = [
        (row[ROW], _raw(header, [row[c] for c in frame.columns]), row["reason"]) for row in bad.iter_rows(named=True)
    ]
    whole = judged.filter(pl.col("reason").is_null()).select(ROW, *columns)
    return Table(header, whole, broken, sheet=name, typed=True)


def _raw(names: Sequence[str], values: Sequence[str | None]) -> str:
    if any(values[len(names) :]):
        return json.dumps(values, ensure_ascii=False)
    return json.dumps(dict(zip(names, values, strict=False)), ensure_ascii=False)


def _refuse_bombs(data: bytes) -> None:
    """Read the whole archive once, in small pieces: the reader of workbooks has no limit of its own.

    It makes room for every cell between the first and the last, so two far apart are enough to fill the memory.
    """
    limit = unpacked_limit(len(data))
    size = 0
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for item in archive.infolist():
                rows, columns = 0, set[bytes]()
                with archive.open(item) as member:
                    tail = b""
                    while chunk := member.read(_CHUNK):
                        if (size := size + len(chunk)) > limit:
                            raise too_large(limit)
                        for column, row in _CELL.findall(tail + chunk):
                            columns.add(column)
                            rows = max(rows, int(row))
                        tail = chunk[-32:]
                if rows * max(map(_column_number, columns), default=0) > MAX_CELLS:
                    raise UnreadableFile(TOO_MANY_CELLS)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        if data.startswith(b"PK"):
            raise CutOff(f"it is cut off or damaged ({error}): is it still being written?") from None
        raise UnreadableFile("it is not an .xlsx workbook, or one that a password protects") from None


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
