"""A parquet file -> a table with the file's own types."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from aieco_assets.core.retail.records import MAX_CELLS, CutOff, UnreadableFile, too_large, unpacked_limit
from aieco_assets.core.retail.tables.table import ROW, Fits, NoFittingHeader, Table, checked_names

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

TOO_MANY_CELLS = f"it spans more than {MAX_CELLS // 10**6} million cells: split it into smaller files"


def read_parquet(data: bytes, fits: Fits) -> Table:
    """Rows of a parquet file; the first is row 2. Raises UnreadableFile, CutOff when its end is missing."""
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not data.startswith(b"PAR1"):
        raise UnreadableFile("it is not a parquet file")
    if not data.endswith(b"PAR1") or len(data) < 12:
        raise CutOff("it is cut off: its parquet footer is missing: is it still being written?")
    try:
        file = pq.ParquetFile(BytesIO(data))
        names = _flat_names(file.schema_arrow)
        if not fits(names):
            raise NoFittingHeader(names, f"its columns are {', '.join(names)[:200]!r}")
        limit = unpacked_limit(len(data))
        groups = (file.metadata.row_group(index) for index in range(file.metadata.num_row_groups))
        if sum(group.total_byte_size for group in groups) > limit:
            raise too_large(limit)
        if file.metadata.num_rows * len(names) > MAX_CELLS:
            raise UnreadableFile(TOO_MANY_CELLS)
        batches, size = [], 0
        # Small batches: one dictionary entry can stand for a long text in every row.
        for batch in file.iter_batches(batch_size=4096):
            if (size := size + batch.nbytes) > limit:
                raise too_large(limit)
            batches.append(batch)
        table = pa.Table.from_batches(batches, schema=file.schema_arrow)
        while any(pa.types.is_struct(column.type) for column in table.columns):
            table = table.flatten()
        frame = pl.DataFrame(pl.from_arrow(table.rename_columns([f"c{index}" for index in range(len(names))])))
    except (pa.ArrowException, OSError, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        raise UnreadableFile(f"it cannot be read as parquet ({str(error).splitlines()[0][:200]})") from None
    return Table(
        checked_names(names),
        frame.with_row_index(ROW, offset=2).with_columns(pl.col(ROW).cast(pl.Int32), *_plain_types(frame)),
        typed=True,
    )


def _flat_names(schema: pa.Schema) -> list[str]:
    """Names of the columns, those of nested ones joined by points."""
    import pyarrow as pa

    empty = schema.empty_table()
    while any(pa.types.is_struct(column.type) for column in empty.columns):
        empty = empty.flatten()
    return [*empty.column_names]


def _plain_types(frame: pl.DataFrame) -> list[pl.Expr]:
    """Text, numbers and times as they are; 32-bit floats as they print, dictionaries and all else as text."""
    import polars as pl

    found = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if kind in (pl.Float32, pl.Float16) or isinstance(kind, pl.Categorical | pl.Enum):
            found.append(column.cast(pl.String))  # 2.55 in 32 bits is 2.549999952316284 as a double
        elif isinstance(kind, pl.List | pl.Array | pl.Struct):
            wrapped = pl.struct(column.alias("v")).struct.json_encode()
            found.append(
                pl.when(column.is_not_null()).then(wrapped.str.slice(5, wrapped.str.len_chars() - 6)).alias(name)
            )
        elif kind == pl.Binary:
            found.append(column.bin.encode("hex"))
        elif isinstance(kind, pl.Duration) or kind in (pl.Object, pl.Null):
            found.append(column.cast(pl.String))
    return found
