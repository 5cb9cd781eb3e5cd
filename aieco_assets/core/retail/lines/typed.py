"""The columns of a table, by the roles of a mapping -> the typed columns of the warehouse, and why a row is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from aieco_assets.core.retail.lines.classify import classified
from aieco_assets.core.retail.lines.lookups import Lookup, joined
from aieco_assets.core.retail.lines.numbers import as_decimal, marks_of
from aieco_assets.core.retail.lines.roles import positions
from aieco_assets.core.retail.lines.times import as_times
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Shop
from aieco_assets.core.retail.tables.table import RAW, ROW, Table

if TYPE_CHECKING:
    import polars as pl

QUANTITY_DECIMALS, PRICE_DECIMALS = 4, 6
# Columns of the warehouse in its order, without those that say where a line is from.
LINE_COLUMNS = (
    *("invoice_date", "invoice_no", "stock_code", "description", "category", "quantity", "invoiced_at", "unit_price"),
    *("amount", "customer_id", "country", "store", "line_type", "is_product", "order_type", "extra"),
)
_CODE_SUFFIX = r"^(\d+)\.0$"  # pandas writes whole-number ids as 13995.0 when some are missing
_SCIENTIFIC = r"^[+-]?\d(?:[.,]\d+)?[eE]\+\d{1,3}$"
_LIST = r"^\[.*\]$"
_NUMBERS = ("quantity", "unit_price", "amount", "discounts")
_TEXTS = {
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
# What only the first line of an order says, where the rest of its lines leave it out.
_OF_THE_ORDER = ("time", "customer", "country", "store", "currency", "order_type")


def typed_lines(
    table: Table, shop: Shop, first_day: date, last_day: date, lookups: Sequence[Lookup] = (), judge: bool = True
) -> pl.DataFrame:
    """LINE_COLUMNS, row_number, raw where the table has it, `reason` (null: accepted) and `date_is_valid`.

    Raises UnreadableFile where a value can't be told from another, and with `judge` UselessColumn where no value of a
    column is what it must be.
    """
    import polars as pl

    at = positions(shop, table.names)
    found = table.frame.select(ROW, *([RAW] if RAW in table.frame.columns else []))
    texts = {role: _text(table, places) for role, places in at.items() if role in _TEXTS}
    lines = table.frame.select(ROW, *(_cleaned(role, text).alias(_TEXTS[role]) for role, text in texts.items()))
    found = found.hstack(lines.drop(ROW))
    found = found.with_columns(
        pl.lit(None, pl.String).alias(name) for name in _TEXTS.values() if name not in found.columns
    )
    if shop.fill_down:
        found = _filled_down(found, [_TEXTS[role] for role in at if role in _OF_THE_ORDER and role in _TEXTS])
    found = joined(found, table, lookups)
    time_name = " and ".join(table.names[place] for place in at["time"])
    times, shape = as_times(_time_column(table, shop, at["time"], found), time_name, shop.written)
    found = found.with_columns(times.alias("invoiced_at"), **_numbers(table, shop, at))
    reasons = _reasons(table, shop, at, time_name, shape, first_day, last_day)
    if judge:
        _refuse_useless(found, table, at, time_name, shape)
    found = _amounts(found, shop, at)
    if "order" not in at:
        parts = [pl.col("customer_id").fill_null(""), pl.col("invoiced_at").dt.strftime("%Y%m%d-%H%M%S")]
        parts += [pl.col("store").fill_null("")] if shop.columns.store else []
        found = found.with_columns(pl.concat_str(parts, separator=" ").str.strip_chars().alias("invoice_no"))
    found = found.with_columns(pl.col("invoiced_at").dt.date().alias("invoice_date"), *classified(shop))
    found = _signed(found, shop)
    day = pl.col("invoice_date")
    return found.with_columns(
        _extra(table, at), reason=reasons, date_is_valid=day.is_between(first_day, last_day).fill_null(False)
    ).select(
        *LINE_COLUMNS,
        *found.select(pl.selectors.by_name(ROW, RAW, require_all=False)).columns,
        "reason",
        "date_is_valid",
    )


def _text(table: Table, places: Sequence[int]) -> pl.Expr:
    """The first of the columns that is not empty, as text."""
    import polars as pl

    parts = []
    for place in places:
        column = pl.col(f"c{place}")
        kind = table.frame.schema[f"c{place}"]
        if kind.is_float():  # whole numbers are ids that pandas made floats of
            whole = (column == column.floor()) & (column.abs() < 2**53)
            column = (
                pl.when(whole)
                .then(column.cast(pl.Int64, strict=False).cast(pl.String))
                .otherwise(column.cast(pl.String))
            )
            column = pl.when(pl.col(f"c{place}").is_not_nan()).then(column)
        elif kind.is_decimal():
            text = column.cast(pl.String)
            column = (
                pl.when(text.str.contains(".", literal=True))
                .then(text.str.strip_chars_end("0").str.strip_chars_end("."))
                .otherwise(text)
            )
        elif kind != pl.String:
            column = column.cast(pl.String)
        parts.append(pl.when(column.str.strip_chars() != "").then(column))
    return pl.coalesce(parts)


def _values(table: Table, places: Sequence[int]) -> pl.Series:
    """The one column of a role; of several spellings, which objects may have side by side, the first that says a thing."""
    import polars as pl

    columns = [f"c{place}" for place in places]
    if len(columns) == 1 or any(table.frame.schema[column] != pl.String for column in columns):
        return table.frame[columns[0]]
    return table.frame.select(pl.coalesce(pl.when(pl.col(column) != "").then(column) for column in columns).alias("v"))[
        "v"
    ]


def _cleaned(role: str, text: pl.Expr) -> pl.Expr:
    """Codes without blanks around them; descriptions stay as they are."""
    if role == "description":
        return text
    text = text.str.strip_chars()
    return text.str.replace(_CODE_SUFFIX, "$1") if role in ("order", "item", "customer") else text


def _time_column(table: Table, shop: Shop, places: Sequence[int], found: pl.DataFrame) -> pl.Series:
    import polars as pl

    column = _values(table, places[:1] if isinstance(shop.columns.time, tuple) else places)
    if isinstance(shop.columns.time, tuple) and len(places) > 1:
        day, clock = (table.frame[f"c{place}"].cast(pl.String).str.strip_chars() for place in places[:2])
        day = day.str.replace(r"[T ]00:00(:00(\.0+)?)?$", "")
        clock = clock.str.replace(r"^\d{4}-\d\d-\d\d ", "").str.replace(r"^(\d{1,2})(\d\d)$", "$1:$2")
        both = pl.DataFrame({"day": day, "clock": clock})
        column = both.select(pl.concat_str("day", pl.col("clock").fill_null("00:00"), separator=" ").alias("time"))[
            "time"
        ]
    if shop.fill_down:
        frame = pl.DataFrame({"time": column, "order": found["invoice_no"]})
        empty = pl.col("time").cast(pl.String).str.strip_chars() == ""
        column = frame.select(pl.when(~empty).then("time").forward_fill().over("order").alias("time"))["time"]
    return column


def _filled_down(found: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    import polars as pl

    return found.with_columns(pl.col(name).forward_fill().over("invoice_no") for name in names)


def _numbers(table: Table, shop: Shop, at: dict[str, tuple[int, ...]]) -> dict[str, pl.Series]:
    import polars as pl

    columns = [(table.names[place], table.frame[f"c{place}"]) for role in _NUMBERS for place in at.get(role, ())]
    marks = marks_of(columns, shop.written, table.typed)
    found: dict[str, pl.Series] = {}
    for role, scale in (("quantity", QUANTITY_DECIMALS), ("unit_price", PRICE_DECIMALS), ("amount", PRICE_DECIMALS)):
        if role in at:
            found[role] = as_decimal(_values(table, at[role]), marks, scale)
    off = [
        as_decimal(table.frame[f"c{place}"], marks, PRICE_DECIMALS).fill_null(0).abs()
        for place in at.get("discounts", ())
    ]
    if off:
        found["discount"] = (
            pl.DataFrame({str(index): part for index, part in enumerate(off)})
            .sum_horizontal()
            .cast(pl.Decimal(28, PRICE_DECIMALS))
        )
    return found


def _amounts(found: pl.DataFrame, shop: Shop, at: dict[str, tuple[int, ...]]) -> pl.DataFrame:
    """quantity, unit_price and amount, whichever two the shop gives; 1 piece where it counts none."""
    import polars as pl

    money = pl.Decimal(28, PRICE_DECIMALS)
    if "quantity" not in at:
        found = found.with_columns(pl.lit(1).cast(pl.Decimal(28, QUANTITY_DECIMALS)).alias("quantity"))
    if "amount" not in at:
        # Whole numbers of 128 bits multiply exactly; a product of decimals is rounded to six.
        found = found.with_columns((pl.col("quantity").cast(money) * pl.col("unit_price")).cast(money).alias("amount"))
    if "discount" in found.columns:
        off = pl.when(pl.col("amount") < 0).then(-pl.col("discount")).otherwise(pl.col("discount"))
        found = found.with_columns((pl.col("amount") - off).cast(money).alias("amount"))
    if "amount" in at:
        each = (pl.col("amount").cast(pl.Float64) / pl.col("quantity").cast(pl.Float64)).round(PRICE_DECIMALS)
        price = pl.when(pl.col("quantity") != 0).then(each.cast(money, strict=False)).otherwise("amount")
        found = found.with_columns(price.alias("unit_price"))
    return found


def _signed(found: pl.DataFrame, shop: Shop) -> pl.DataFrame:
    """Returns that a type or a prefix tells have their pieces and amounts below zero, however the shop writes them."""
    import polars as pl

    if not shop.returns.order_types and not shop.returns.order_prefixes and not shop.returns.items:
        return found
    turned = (pl.col("line_type") == "return") & (pl.col("amount") > 0)
    return found.with_columns(
        pl.when(turned).then(-pl.col(name)).otherwise(name).alias(name) for name in ("quantity", "amount")
    )


def _reasons(
    table: Table,
    shop: Shop,
    at: dict[str, tuple[int, ...]],
    time_name: str,
    shape: str,
    first_day: date,
    last_day: date,
) -> pl.Expr:
    """Why a row is none of the shop's lines; the first reason counts, null: it is one."""
    import polars as pl

    def name(role: str) -> str:
        return table.names[at[role][0]]

    day = pl.col("invoiced_at").dt.date()
    said: list[tuple[pl.Expr, str]] = [
        (day.is_null(), f"{time_name} is not {shape}"),
        (day < first_day, f"{time_name} lies before {first_day}"),
        (day > last_day, f"{time_name} lies in the future"),
    ]
    for role in ("order", "item"):
        if role in at:
            said.append((pl.col(_TEXTS[role]).is_null(), f"{name(role)} is empty"))
    for role, scale in (("quantity", QUANTITY_DECIMALS), ("unit_price", PRICE_DECIMALS), ("amount", PRICE_DECIMALS)):
        if role in at:
            said.append((pl.col(role).is_null(), f"{name(role)} is not a number with at most {scale} decimals"))
    for role in ("order", "item", "customer"):
        if role in at:
            lost = "is in scientific notation, as a spreadsheet left it: it may be several things"
            said.append((pl.col(_TEXTS[role]).str.contains(_SCIENTIFIC), f"{name(role)} {lost}"))
            if table.typed:
                said.append((pl.col(_TEXTS[role]).str.contains(_LIST), f"{name(role)} is not a single value"))
    if shop.currency and "currency" in at:
        other = pl.col("currency").str.to_uppercase() != shop.currency
        said.append((other, f"{name('currency')} is not {shop.currency}"))
    reason = pl.lit(None, pl.String)
    for condition, text in reversed(said):
        reason = pl.when(condition.fill_null(False)).then(pl.lit(text)).otherwise(reason)
    return reason


def _refuse_useless(
    found: pl.DataFrame, table: Table, at: dict[str, tuple[int, ...]], time_name: str, shape: str
) -> None:
    """A column in which no value is what it must be has changed its type, or is another."""
    if found.height < 2:
        return
    if found["invoiced_at"].null_count() == found.height:
        raise UselessColumn(f"{time_name} is not {shape} in any of its {found.height} rows", is_time=True)
    for role, scale in (("quantity", QUANTITY_DECIMALS), ("unit_price", PRICE_DECIMALS), ("amount", PRICE_DECIMALS)):
        if role in at and found[role].null_count() == found.height:
            raise UselessColumn(
                f"{table.names[at[role][0]]} is not a number with at most {scale} decimals in any of its {found.height} rows"
            )


class UselessColumn(UnreadableFile):
    """No value of a column is what it must be; `is_time`: of the one with the times."""

    def __init__(self, reason: str, is_time: bool = False) -> None:
        super().__init__(reason)
        self.is_time = is_time


def _extra(table: Table, at: dict[str, tuple[int, ...]]) -> pl.Expr:
    """The columns that play no role, as JSON by name; null where there are none."""
    import polars as pl

    used = {place for places in at.values() for place in places}
    others = sorted((name, index) for index, name in enumerate(table.names) if index not in used)
    if not others:
        return pl.lit(None, pl.String).alias("extra")
    values = [table.frame[f"c{index}"].alias(name).cast(pl.String) for name, index in others]
    return pl.DataFrame(values).to_struct("extra").struct.json_encode().alias("extra")  # pyright: ignore[reportReturnType]
