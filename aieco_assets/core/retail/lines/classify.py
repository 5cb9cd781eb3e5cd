"""What a line is: sale, return, adjustment, non_product or test, by the rules of the shop's mapping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aieco_assets.core.retail.shop.mapping import Rule, Shop

if TYPE_CHECKING:
    import polars as pl


def classified(shop: Shop) -> list[pl.Expr]:
    """`line_type` (the first rule that fits decides), `is_product`, and `order_type` where the order itself says it.

    Reads invoice_no, stock_code, category, quantity, amount, customer_id and kind (the text of columns.order_type).
    """
    import polars as pl

    test, adjusted, returned = fits(shop.tests), fits(shop.adjustments), fits(shop.returns)
    no_product = fits(shop.non_products)
    by_pieces = pl.col("quantity") <= 0 if shop.columns.amount is None else pl.lit(False)
    line = (
        pl.when(test)
        .then(pl.lit("test"))
        .when(adjusted)
        .then(pl.lit("adjustment"))
        .when(no_product)
        .then(pl.lit("non_product"))
        .when(returned)
        .then(pl.lit("return"))
        .when(by_pieces | (pl.col("amount") <= 0))
        .then(pl.lit("adjustment"))
        .otherwise(pl.lit("sale"))
    )
    # A line that takes something back says so of its order, items of the catalogue or not.
    order = pl.when(adjusted).then(pl.lit("adjustment")).when(returned).then(pl.lit("cancellation"))
    return [
        line.alias("line_type"),
        ~(no_product | _items(shop.adjustments.items) | _items(shop.tests.items)).alias("is_product"),
        order.alias("order_type"),
    ]


def fits(rule: Rule) -> pl.Expr:
    """Whether a line is one that the rule is about; never null."""
    import polars as pl

    parts = [pl.lit(False)]
    if rule.order_prefixes:
        prefixes = "|".join(re.escape(prefix) for prefix in rule.order_prefixes)
        parts.append(pl.col("invoice_no").str.contains(rf"(?i)^(?:{prefixes})[-_ ]?\d"))
    if rule.order_types:
        parts.append(pl.col("kind").str.to_lowercase().is_in([text.lower() for text in rule.order_types]))
    if rule.items:
        parts.append(_items(rule.items))
    if rule.categories:
        parts.append(_like("category", rule.categories))
    if rule.customers:
        parts.append(_like("customer_id", rule.customers))
    if rule.negative:
        # Pieces written off for nothing are no return.
        parts.append((pl.col(rule.negative) < 0) & (pl.col("amount") < 0))
    return pl.any_horizontal([part.fill_null(False) for part in parts])


def _items(codes: Sequence[str]) -> pl.Expr:
    import polars as pl

    return _like("stock_code", codes).fill_null(False) if codes else pl.lit(False)


def _like(column: str, patterns: Sequence[str]) -> pl.Expr:
    import polars as pl

    lowered = pl.col(column).str.to_lowercase()
    exact = [pattern.lower() for pattern in patterns if "*" not in pattern]
    found = lowered.is_in(exact)
    for pattern in patterns:
        if "*" in pattern:
            parts = (re.escape(part) for part in pattern.lower().split("*"))
            found = found | lowered.str.contains(f"^{'.*'.join(parts)}$")
    return found
