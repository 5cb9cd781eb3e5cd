"""The currency of a file: the code in its lines, or what stands beside their amounts; one, or the file is refused."""

from __future__ import annotations

from collections.abc import Sequence

from aieco_assets.core.retail.lines.columns import Places
from aieco_assets.core.retail.lines.currencies import code_of, marks_beside, told, two_of
from aieco_assets.core.retail.lines.roles import positions
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Shop
from aieco_assets.core.retail.tables.table import ROW, Table


def currency_of(table: Table, shop: Shop) -> str:
    """The code that the lines name. Raises UnreadableFile where it changes and no mapping says which counts."""
    import polars as pl

    at = positions(shop, table.names)
    places = at.get("currency", ())
    if shop.currency:
        return shop.currency
    if not places:
        return _beside(table, at)
    text = pl.col(f"c{places[0]}").cast(pl.String).str.strip_chars().str.to_uppercase()
    lines = table.frame.select(ROW, text.alias("code")).filter(pl.col("code") != "")
    codes = lines.unique("code", maintain_order=True)
    if codes.height > 1:
        (_, first), (row, other) = codes.rows()[:2]
        raise UnreadableFile(
            f"{table.names[places[0]]} changes from {first} to {other} in row {row}: say in shop.yaml which counts"
            f" (currency: {first}); lines in others are rejected then"
        )
    return codes["code"][0] if codes.height else ""


def _beside(table: Table, at: Places) -> str:
    """The one that stands beside the amounts. Raises UnreadableFile where it changes."""
    found = {mark: (column, row) for mark, column, row in marks_beside(table, at)}
    if not (two := two_of([*found])):
        return told([*found])
    first, other = two
    column, row = found[other]
    raise UnreadableFile(
        f"{column} changes from {first} to {other} in row {row}: say in shop.yaml which counts"
        f" (currency: {code_of(first)}); lines in others are rejected then"
    )


def one_currency(codes: Sequence[str]) -> str:
    """That of all sheets of a workbook. Raises UnreadableFile where they are in several."""
    named = sorted({code for code in codes if code})
    if two := two_of(named):
        raise UnreadableFile(
            f"its sheets are in {' and '.join(two)}: say in shop.yaml which counts (currency: {code_of(two[0])})"
        )
    return told(named)
