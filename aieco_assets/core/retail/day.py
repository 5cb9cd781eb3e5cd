"""One invoice date as the lake holds it: the rows of that date over all files, each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING

from aieco_assets.core.retail.erased_lines import Erased, without_erased
from aieco_assets.core.retail.landing_records import MadeDay
from aieco_assets.core.retail.lines.typed import LINE_COLUMNS
from aieco_assets.core.retail.reading import SourceFile
from aieco_assets.core.retail.rows import SHEET, ParsedFile
from aieco_assets.core.retail.source import inputs_digest
from aieco_assets.core.retail.tables.table import RAW, ROW

if TYPE_CHECKING:
    import polars as pl

# What two lines must share to be the same one; columns that play no role are in `extra`.
_CONTENT = LINE_COLUMNS[1:]


def make_day(
    version: str,
    day: date,
    files: Sequence[SourceFile],
    parsed: Sequence[ParsedFile],
    erased: Erased = lambda customers, source="": set(),
) -> MadeDay:
    """A day's content, by file path, sheet and row number.

    The rule for rows that stand in several files or sheets: each counts as often as in the one that has it most often,
    so repeats within a file stay. What is too many is rejected with the place of the row that counts.
    `version`: Rules.content_version. Lines of customers who were `erased` are left out last, so that the others have
    the positions that they had before.
    """
    import polars as pl

    both = list(zip(files, parsed, strict=True))
    lines = pl.concat([_placed(file.path, rows.lines_of(day)) for file, rows in both])
    rejects = pl.concat([_placed(file.path, rows.rejects_of(day)) for file, rows in both])
    if lines["_source_file"].n_unique() > 1:
        lines, repeated = _each_once(lines)
        rejects = pl.concat([rejects, repeated])
    lines = lines.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("_source_file").alias("_day_row"))
    lines, rejects, gone = without_erased(lines, rejects, erased)
    return MadeDay(
        day,
        to_parquet(lines),
        to_parquet(rejects) if rejects.height else None,
        lines.height,
        rejects.height,
        inputs_digest(day, [*files], version),
        gone,
    )


def _placed(path: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with the place that they are from; the date is in the object's key, as in any hive-partitioned table."""
    import polars as pl

    place = pl.when(pl.col(SHEET) == "").then(pl.lit(path)).otherwise(pl.concat_str(pl.lit(f"{path}#"), SHEET))
    return frame.select(
        pl.exclude("invoice_date", ROW, SHEET), pl.col(ROW).alias("_row_number"), place.alias("_source_file")
    )


def _each_once(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    import polars as pl

    counted = lines.with_columns(
        _nth=pl.int_range(pl.len()).over(*_CONTENT, "_source_file"),
    ).with_columns(
        _first=pl.struct("_source_file", "_row_number").first().over(*_CONTENT, "_nth"),
        _again=pl.int_range(pl.len()).over(*_CONTENT, "_nth") > 0,
    )
    kept = counted.filter(~pl.col("_again")).drop("_nth", "_first", "_again")
    again = counted.filter("_again")
    first = pl.col("_first").struct
    reason = pl.format("the same row stands in {}, row {}", first.field("_source_file"), first.field("_row_number"))
    content = pl.struct(pl.col(name).cast(pl.String) for name in _CONTENT if name != "extra").struct.json_encode()
    return kept, again.select(content.alias(RAW), reason.alias("reason"), "_row_number", "_source_file")


def to_parquet(frame: pl.DataFrame) -> bytes:
    """The same frame gives the same bytes."""
    buffer = BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=3, statistics=True)
    return buffer.getvalue()
