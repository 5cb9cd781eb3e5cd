"""Tables beside the transactions that lines are joined to: products with categories, customers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Table as Mapped
from aieco_assets.core.retail.shop.mapping import Written, plain
from aieco_assets.core.retail.tables import read_tables
from aieco_assets.core.retail.tables.table import Table

if TYPE_CHECKING:
    import polars as pl

_KEY = "\x1f"
_WAREHOUSE = {
    "description": "description",
    "category": "category",
    "customer": "customer_id",
    "country": "country",
    "store": "store",
}


@dataclass(frozen=True)
class Lookup:
    """`path`: its file. `mapped`: how it is joined. `rows`: `key` (the joined columns' text) and a column of text for
    each role."""

    path: str
    mapped: Mapped
    rows: pl.DataFrame
    sha256: str


def read_lookup(data: bytes, name: str, mapped: Mapped, written: Written, sha256: str) -> Lookup:
    """The table in a file. Raises UnreadableFile where it lacks a column, or an id stands twice with other values."""
    import polars as pl

    wanted = [*mapped.join.values(), *mapped.columns.values()]

    def fits(names: Sequence[str]) -> bool:
        return {plain(one) for one in wanted} <= {plain(one) for one in names}

    table = read_tables(data, name, fits, written)[0]
    place = {plain(one): f"c{index}" for index, one in reversed([*enumerate(table.names)])}
    key = pl.concat_str([_text(place[plain(one)]) for one in mapped.join.values()], separator=_KEY)
    columns = [_text(place[plain(one)]).alias(role) for role, one in mapped.columns.items()]
    rows = (
        table.frame.select(key.alias("key"), *columns).filter(pl.col("key").is_not_null()).unique(maintain_order=True)
    )
    if (double := rows.filter(pl.col("key").is_duplicated())).height:
        first = double["key"][0].replace(_KEY, ", ")
        raise UnreadableFile(f"{first} stands in it twice with other values: join by columns that name one row each")
    return Lookup(name, mapped, rows, sha256)


def joined(lines: pl.LazyFrame, table: Table, lookups: Sequence[Lookup]) -> pl.LazyFrame:
    """The lines with what the tables say of them; what the lines say themselves comes first."""
    import polars as pl

    place = {plain(one): f"c{index}" for index, one in reversed([*enumerate(table.names)])}
    for lookup in lookups:
        columns = [place.get(plain(name)) for name in lookup.mapped.join]
        if None in columns:
            continue  # of a known layout that this file has not
        key = pl.concat_str([_text(str(one)) for one in columns], separator=_KEY)
        told = lookup.rows.lazy().rename({role: f"told_{role}" for role in lookup.mapped.columns})
        lines = lines.join(told, left_on=key, right_on="key", how="left", maintain_order="left").with_columns(
            pl.coalesce(_WAREHOUSE[role], f"told_{role}").alias(_WAREHOUSE[role]) for role in lookup.mapped.columns
        )
        lines = lines.drop(f"told_{role}" for role in lookup.mapped.columns)
    return lines


def _text(column: str) -> pl.Expr:
    import polars as pl

    text = pl.col(column).cast(pl.String).str.strip_chars().str.replace(r"^(\d+)\.0$", "$1")
    return pl.when(text != "").then(text)
