"""Parquet files and Excel workbooks of transactions -> records as text. Typed values become what a csv would say."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import TRANSACTION_COLUMNS
from aieco_assets.core.retail.records import (
    MAX_CELLS,
    CutOff,
    Layout,
    Records,
    UnreadableFile,
    as_text,
    too_large,
    unpacked_limit,
)

if TYPE_CHECKING:
    import pyarrow as pa

_CHUNK = 2**20
_CELL = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
_TOO_MANY_CELLS = f"it spans more than {MAX_CELLS // 10**6} million cells: split it into smaller files"


def read_parquet(data: bytes) -> Records:
    """Rows of a parquet file; the first is row 2. Raises UnreadableFile, CutOff when its end is missing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not data.startswith(b"PAR1"):
        raise UnreadableFile("it is not a parquet file")
    if not data.endswith(b"PAR1") or len(data) < 12:
        raise CutOff("it is cut off: its parquet footer is missing: is it still being written?")
    try:
        file = pq.ParquetFile(BytesIO(data))
        names = file.schema_arrow.names
        layout = Layout(names, f"its columns are {', '.join(names)[:200]!r}")
        _refuse_types(file.schema_arrow)
        limit = unpacked_limit(len(data))
        groups = (file.metadata.row_group(index) for index in range(file.metadata.num_row_groups))
        if sum(group.total_byte_size for group in groups) > limit:
            raise too_large(limit)
        if file.metadata.num_rows * len(names) > MAX_CELLS:
            raise UnreadableFile(_TOO_MANY_CELLS)
        records, size = Records(added=layout.added), 0
        numbers = count(2)
        # Small batches: one dictionary entry can stand for a long text in every row.
        for batch in file.iter_batches(batch_size=4096):
            if (size := size + batch.nbytes) > limit:
                raise too_large(limit)
            for values in zip(*map(_texts, batch.columns), strict=True):
                records.add(layout, next(numbers), _raw(layout, values), values)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"it cannot be read as parquet ({str(error).splitlines()[0][:200]})") from None
    return records


def _refuse_types(schema: pa.Schema) -> None:
    import pyarrow as pa

    for name in schema.names:
        kind = schema.field(name).type if schema.names.count(name) == 1 else pa.null()
        if name.strip() in TRANSACTION_COLUMNS and (pa.types.is_nested(kind) or _is_binary(kind)):
            raise UnreadableFile(f"{name.strip()} has the type {kind}, which is not text, number or time")


def _is_binary(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)


def _texts(column: pa.Array) -> list[str | None]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column.to_pylist()
    if pa.types.is_float32(column.type) or pa.types.is_float16(column.type):
        # Python knows doubles only, and 2.55 in 32 bits is 2.549999952316284 there.
        column = column.cast(pa.string())
        return [None if text == "nan" else text for text in column.to_pylist()]
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        # pandas' own unit; unless something is lost Python's datetime is enough, and much faster than pandas'.
        try:
            column = pc.cast(column, pa.timestamp("us", tz=column.type.tz))
        except pa.ArrowInvalid:
            return [as_text(value) for value in column.to_pylist()]
    return [as_text(value) for value in column.to_pylist()]


def read_workbook(data: bytes) -> Records:
    """Rows of the one sheet of an .xlsx workbook that holds any; the first row that is not empty is the header.

    Raises UnreadableFile, also when a second sheet holds rows, and CutOff when the end of the file is missing.
    """
    import fastexcel

    _refuse_bombs(data)
    try:
        book = fastexcel.read_excel(data)
        # Without skip_rows=0 leading empty rows are left out, and with them Excel's own numbers.
        sheets = [
            (name, *book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_arrow_with_errors())
            for name in book.sheet_names
        ]
    except fastexcel.FastExcelError as error:
        raise UnreadableFile(f"it cannot be read as a workbook ({str(error).splitlines()[0][:200]})") from None
    filled = [sheet for sheet in sheets if any(column.null_count < len(column) for column in sheet[1].columns)]
    if not filled:
        raise UnreadableFile("its sheets are empty")
    if len(filled) > 1:
        names = ", ".join(name for name, *_ in filled)
        raise UnreadableFile(f"{len(filled)} of its sheets hold rows ({names}): keep one in each workbook")
    _, batch, errors = filled[0]
    rows = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
    broken_cells = {error.position[0] + 1 for error in (errors.errors if errors else ())}
    return _sheet_records(rows, broken_cells)


def _sheet_records(rows: Sequence[Sequence[str | None]], broken_cells: set[int]) -> Records:
    top = next(index for index, row in enumerate(rows) if any(row))
    header = [*rows[top]]
    while not header[-1]:
        header.pop()
    layout = Layout([name or "" for name in header], f"its header is {','.join(name or '' for name in header)[:200]!r}")
    records = Records(added=layout.added)
    width = len(header)
    for number, row in enumerate(rows[top + 1 :], start=top + 2):
        values, beyond = row[:width], [value for value in row[width:] if value]
        if number in broken_cells:
            records.broken.append((number, _raw(layout, values), "a cell of it holds an Excel error"))
        elif beyond:
            records.broken.append((number, json.dumps(row, ensure_ascii=False), "a value stands beyond the header"))
        elif any(values):
            records.add(layout, number, _raw(layout, values), values)
    return records


def _raw(layout: Layout, values: Sequence[str | None]) -> str:
    return json.dumps(dict(zip(layout.names, values, strict=True)), ensure_ascii=False)


def _refuse_bombs(data: bytes) -> None:
    """Read the whole archive once, in small pieces: the reader of workbooks has no limit of its own.

    It makes room for every cell between the first and the last, so two far apart are enough to fill the memory.
    """
    limit = unpacked_limit(len(data))
    size, rows, columns = 0, 0, set[bytes]()
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for item in archive.infolist():
                with archive.open(item) as member:
                    tail = b""
                    while chunk := member.read(_CHUNK):
                        if (size := size + len(chunk)) > limit:
                            raise too_large(limit)
                        for column, row in _CELL.findall(tail + chunk):
                            columns.add(column)
                            rows = max(rows, int(row))
                        tail = chunk[-32:]
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        if data.startswith(b"PK"):
            raise CutOff(f"it is cut off or damaged ({error}): is it still being written?") from None
        raise UnreadableFile("it is not an .xlsx workbook, or one that a password protects") from None
    width = max((_column_number(column) for column in columns), default=0)
    if rows * width > MAX_CELLS:
        raise UnreadableFile(_TOO_MANY_CELLS)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
