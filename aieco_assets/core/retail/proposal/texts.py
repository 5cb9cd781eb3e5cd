"""Typed values as the text that a csv would hold, so that one look serves every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aieco_assets.core.retail.tables.table import Table

if TYPE_CHECKING:
    import polars as pl


def as_texts(table: Table) -> pl.DataFrame:
    """The columns by their own names, all of text; whole numbers without a fraction, times as ISO."""
    import polars as pl

    return table.frame.select(
        _text(pl.col(column), table.frame.schema[column]).alias(name)
        for column, name in zip(table.columns, table.names, strict=True)
    )


def _text(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    import polars as pl

    if isinstance(kind, pl.Datetime):
        return column.dt.replace_time_zone(None).dt.truncate("1s").dt.to_string("%Y-%m-%d %H:%M:%S")
    if kind.is_float():
        whole = (column == column.floor()) & (column.abs() < 2**53)
        text = (
            pl.when(whole).then(column.cast(pl.Int64, strict=False).cast(pl.String)).otherwise(column.cast(pl.String))
        )
        return pl.when(column.is_not_nan()).then(text)
    return column.cast(pl.String)
