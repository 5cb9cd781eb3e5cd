"""The columns of a table, by the roles of a mapping -> the typed columns of the warehouse, and why a row is none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from aieco_assets.core.retail.lines.classify import classified
from aieco_assets.core.retail.lines.columns import TEXTS, amounts, numbers, others, texts, times
from aieco_assets.core.retail.lines.lookups import Lookup, joined
from aieco_assets.core.retail.lines.reasons import reasons, refuse_useless
from aieco_assets.core.retail.lines.roles import positions
from aieco_assets.core.retail.lines.times import as_times
from aieco_assets.core.retail.shop.mapping import Shop
from aieco_assets.core.retail.tables.table import RAW, ROW, Table

if TYPE_CHECKING:
    import polars as pl

# Columns of the warehouse in its order, without those that say where a line is from.
LINE_COLUMNS = (
    *("invoice_date", "invoice_no", "stock_code", "description", "category", "quantity", "invoiced_at", "unit_price"),
    *("amount", "customer_id", "country", "store", "line_type", "is_product", "order_type", "extra"),
)
# What only the first line of an order says, where the rest of its lines leave it out; the time is filled by itself.
_OF_THE_ORDER = ("customer", "country", "store", "currency", "order_type")


def typed_lines(
    table: Table, shop: Shop, first_day: date, last_day: date, lookups: Sequence[Lookup] = (), judge: bool = True
) -> pl.DataFrame:
    """LINE_COLUMNS, row_number, raw where the table has it, `reason` (null: accepted) and `date_is_valid`.

    Raises UnreadableFile where a value can't be told from another, and with `judge` UselessColumn where no value of a
    column is what it must be.
    """
    import polars as pl

    at = positions(shop, table.names)
    time_name = " and ".join(table.names[place] for place in at["time"])
    invoiced_at, shape = as_times(times(table, shop, at), time_name, shop.written)
    counted = numbers(table, shop, at)
    if judge:
        refuse_useless(invoiced_at, counted, table, at, (time_name, shape))
    lines = table.frame.lazy().with_columns(*texts(table, at), invoiced_at.alias("invoiced_at"), **counted)
    if shop.fill_down:
        order = pl.col("invoice_no")
        lines = lines.with_columns(
            pl.col(TEXTS[role]).forward_fill().over(order) for role in _OF_THE_ORDER if role in at
        )
    lines = amounts(joined(lines, table, lookups), at)
    if "order" not in at:
        lines = lines.with_columns(invoice_no=_visit(shop))
    elif shop.order_by_store:
        number = pl.concat_str("invoice_no", pl.col("store").fill_null(""), separator=" ").str.strip_chars()
        lines = lines.with_columns(invoice_no=number)
    lines = lines.with_columns(pl.col("invoiced_at").dt.date().alias("invoice_date"), *classified(shop))
    day = pl.col("invoice_date")
    origin = [ROW, RAW] if RAW in table.frame.columns else [ROW]
    return (
        _signed(lines, shop)
        .with_columns(
            others(table, at),
            reason=reasons(table, shop, at, (time_name, shape), first_day, last_day),
            date_is_valid=day.is_between(first_day, last_day).fill_null(False),
        )
        .select(*LINE_COLUMNS, *origin, "reason", "date_is_valid")
        .collect()
    )


def _visit(shop: Shop) -> pl.Expr:
    """What stands for the number of an order where there is none: the customer, the time and the store."""
    import polars as pl

    parts = [pl.col("customer_id").fill_null(""), pl.col("invoiced_at").dt.strftime("%Y%m%d-%H%M%S")]
    parts += [pl.col("store").fill_null("")] if shop.columns.store else []
    return pl.concat_str(parts, separator=" ").str.strip_chars()


def _signed(lines: pl.LazyFrame, shop: Shop) -> pl.LazyFrame:
    """Returns that a type, a prefix or an item tells are below zero, however the shop writes them."""
    import polars as pl

    if not (shop.returns.order_types or shop.returns.order_prefixes or shop.returns.items):
        return lines
    turned = (pl.col("line_type") == "return") & (pl.col("amount") > 0)
    return lines.with_columns(
        pl.when(turned).then(-pl.col(name)).otherwise(name).alias(name) for name in ("quantity", "amount")
    )
