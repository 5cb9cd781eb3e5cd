"""The columns of a table that play a role of a mapping: its texts, times and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from aieco_assets.core.retail.lines.numbers import Marks, as_decimal, marks_of
from aieco_assets.core.retail.shop.mapping import Shop
from aieco_assets.core.retail.tables.table import Table

if TYPE_CHECKING:
    import polars as pl

Places = Mapping[str, tuple[int, ...]]  # role -> positions of its columns
QUANTITY_DECIMALS, PRICE_DECIMALS = 4, 6
DECIMALS = {"quantity": QUANTITY_DECIMALS, "unit_price": PRICE_DECIMALS, "amount": PRICE_DECIMALS}
NUMBERS = (*DECIMALS, "discounts")
# Role -> name of its column among the lines.
TEXTS = {
    "order": "invoice_no",
    "item": "stock_code",
    "description": "description",
    "category": "category",
    "customer": "customer_id",
    "country": "country",
    "store": "store",
    "currency": "currency",
    "order_type": "kind",
}
_NO_DISCOUNT = ("", "-", "–", "nan", "null", "none", "n/a")
_CODE_SUFFIX = r"^(\d+)\.0$"  # pandas writes whole-number ids as 13995.0 when some are missing


def texts(table: Table, at: Places) -> list[pl.Expr]:
    """A column of text for each of TEXTS, null where the shop has none; the first that is not empty counts.

    Codes have no blanks around them; descriptions stay as they are.
    """
    import polars as pl

    found = []
    for role, name in TEXTS.items():
        if role not in at:
            found.append(pl.lit(None, pl.String).alias(name))
            continue
        parts = []
        for place in at[role]:
            text = as_text(f"c{place}", table.frame.schema[f"c{place}"])
            parts.append(pl.when(text.str.strip_chars() != "").then(text))
        text = pl.coalesce(parts) if len(parts) > 1 else parts[0]
        text = text if role == "description" else text.str.strip_chars()
        found.append(
            (text.str.replace(_CODE_SUFFIX, "$1") if role in ("order", "item", "customer") else text).alias(name)
        )
    return found


def as_text(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as a csv would hold it: 13995.0 is 13995, 2.50 is 2.5, NaN is nothing."""
    import polars as pl

    column = pl.col(name)
    if kind == pl.String:
        return column
    if kind.is_float():
        is_whole = (column == column.floor()) & (column.abs() < 2**53)
        whole = column.cast(pl.Int64, strict=False).cast(pl.String)
        return pl.when(column.is_not_nan()).then(pl.when(is_whole).then(whole).otherwise(column.cast(pl.String)))
    text = column.cast(pl.String)
    if kind.is_decimal():
        short = text.str.strip_chars_end("0").str.strip_chars_end(".")
        return pl.when(text.str.contains(".", literal=True)).then(short).otherwise(text)
    return text


def values(table: Table, places: Sequence[int]) -> pl.Series:
    """The one column of a role; of several spellings, which objects may have side by side, the first with a value."""
    import polars as pl

    columns = [f"c{place}" for place in places]
    if len(columns) == 1 or any(table.frame.schema[column] != pl.String for column in columns):
        return table.frame[columns[0]]
    first = pl.coalesce(pl.when(pl.col(column) != "").then(column) for column in columns)
    return table.frame.select(first.alias("v"))["v"]


def times(table: Table, shop: Shop, at: Places) -> pl.Series:
    """The column of the time, or of the day and the time of day together, as it stands."""
    import polars as pl

    pair = isinstance(shop.columns.time, tuple) and len(at["time"]) > 1
    column = values(table, at["time"][:1] if pair else at["time"])
    if pair:
        day, clock = (pl.col(f"c{place}").cast(pl.String).str.strip_chars() for place in at["time"][:2])
        day = day.str.replace(r"[T ]00:00(:00(\.0+)?)?$", "")
        clock = clock.str.replace(r"^\d{4}-\d\d-\d\d ", "").str.replace(r"^(\d{1,2})(\d\d)$", "$1:$2")
        column = table.frame.select(pl.concat_str(day, clock.fill_null("00:00"), separator=" ").alias("v"))["v"]
    if shop.fill_down:
        is_said = pl.col("time").cast(pl.String).str.strip_chars() != ""
        frame = pl.DataFrame({"time": column, "order": values(table, at["order"])})
        column = frame.select(pl.when(is_said).then("time").forward_fill().over("order").alias("v"))["v"]
    return column


def numbers(table: Table, shop: Shop, at: Places) -> dict[str, pl.Series]:
    """quantity, unit_price, amount and discount, those that the shop has, as decimals; null: no number.

    Raises UnreadableFile where it can't be told how numbers are written.
    """
    import polars as pl

    columns = [(table.names[place], table.frame[f"c{place}"]) for role in NUMBERS for place in at.get(role, ())]
    marks = marks_of(columns, shop.written, table.typed, table.delimiter)
    found = {role: as_decimal(values(table, at[role]), marks, scale) for role, scale in DECIMALS.items() if role in at}
    off = [_taken_off(table.frame[f"c{place}"], marks) for place in at.get("discounts", ())]
    if off:
        parts = pl.DataFrame({str(index): part.abs() for index, part in enumerate(off)})
        total = parts.sum_horizontal(ignore_nulls=False).cast(pl.Decimal(28, PRICE_DECIMALS))
        found["discount"] = total
    return found


def _taken_off(column: pl.Series, marks: Marks) -> pl.Series:
    """A discount, 0 where there is none; null where it is no number, as a share (10%) is none."""
    import polars as pl

    is_none = column.is_null()
    if column.dtype == pl.String:
        is_none |= column.str.strip_chars().str.to_lowercase().is_in(_NO_DISCOUNT)
    elif column.dtype.is_float():
        is_none |= column.is_nan()
    return as_decimal(column, marks, PRICE_DECIMALS).set(is_none.fill_null(True), 0)


def amounts(lines: pl.LazyFrame, at: Places) -> pl.LazyFrame:
    """quantity, unit_price and amount, whichever two the shop gives; 1 piece where it counts none.

    A discount is taken off the amount, of what goes back as well.
    """
    import polars as pl

    money = pl.Decimal(28, PRICE_DECIMALS)
    if "quantity" not in at:
        lines = lines.with_columns(pl.lit(1).cast(pl.Decimal(28, QUANTITY_DECIMALS)).alias("quantity"))
    if "amount" not in at:
        lines = lines.with_columns(amount=(pl.col("quantity").cast(money) * pl.col("unit_price")).cast(money))
    if "discounts" in at:
        off = pl.when(pl.col("amount") < 0).then(-pl.col("discount")).otherwise(pl.col("discount"))
        lines = lines.with_columns(amount=(pl.col("amount") - off).cast(money))
    if "amount" in at:
        each = (pl.col("amount").cast(pl.Float64) / pl.col("quantity").cast(pl.Float64)).round(PRICE_DECIMALS)
        price = pl.when(pl.col("quantity") != 0).then(each.cast(money, strict=False)).otherwise("amount")
        lines = lines.with_columns(unit_price=price)
    return lines


def others(table: Table, at: Places) -> pl.Expr:
    """The columns that play no role, as JSON by name; null where there are none."""
    import polars as pl

    used = {place for places in at.values() for place in places}
    rest = sorted((name, index) for index, name in enumerate(table.names) if index not in used)
    if not rest:
        return pl.lit(None, pl.String).alias("extra")
    named = [as_text(f"c{index}", table.frame.schema[f"c{index}"]).alias(name) for name, index in rest]
    return pl.struct(named).struct.json_encode().alias("extra")
