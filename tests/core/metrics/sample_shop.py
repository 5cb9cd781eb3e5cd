"""The sample's sales in the marts, and beside them in polars: what a question is answered with is worked out anew."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from aieco_assets.core.sample.transactions import write_transactions
from aieco_assets.core.storage.postgres import connect
from tests.core.metrics.literal import create_marts

CUSTOMERS = 260  # a smaller company than the sample's, of the same year
_COLUMNS = (
    *("line_id", "invoice_date", "invoiced_at", "invoice_no", "stock_code", "customer_id", "country", "line_type"),
    *("is_product", "quantity", "unit_price", "amount"),
)


def write_lines(folder: Path) -> pl.DataFrame:
    """Every line with its type by the rules of the staging model: what is no item, and what came back."""
    write_transactions(folder, customers=CUSTOMERS)
    lines = pl.concat([pl.read_csv(file, infer_schema=False) for file in sorted(folder.glob("*.csv"))])
    product = pl.col("StockCode").str.contains(r"^\d{5}")
    back = pl.col("InvoiceNo").str.starts_with("C")
    quantity, price = pl.col("Quantity").cast(pl.Float64), pl.col("UnitPrice").cast(pl.Float64)
    return lines.with_row_index("line").select(
        line_id=pl.format("x:{}", "line"),
        invoice_date=pl.col("InvoiceDate").str.slice(0, 10).str.to_date(),
        invoiced_at=pl.col("InvoiceDate").str.to_datetime(),
        invoice_no="InvoiceNo",
        stock_code="StockCode",
        customer_id=pl.col("CustomerID").replace("", None),
        country="Country",
        line_type=pl.when(product & back)
        .then(pl.lit("return"))
        .when(product & (quantity > 0) & (price > 0))
        .then(pl.lit("sale"))
        .otherwise(pl.lit("non_product")),
        is_product=product,
        quantity=quantity,
        unit_price=price,
        amount=(quantity * price).round(6),
        description=pl.col("Description"),
    )


def load(url: str, lines: pl.DataFrame) -> None:
    create_marts(url)
    with connect(url) as connection:
        columns = ", ".join(_COLUMNS)
        copying = f"copy marts.fct_sales_lines ({columns}) from stdin"
        with connection.cursor() as cursor, cursor.copy(copying.encode()) as copy:
            for row in lines.select(_COLUMNS).iter_rows():
                copy.write_row(row)
        items = lines.filter(pl.col("line_type") == "sale").group_by("stock_code").agg(pl.col("description").last())
        with (
            connection.cursor() as cursor,
            cursor.copy(
                b"copy marts.dim_items (stock_code, description, valid_from, valid_to, is_current, list_price)"
                b" from stdin"
            ) as copy,
        ):
            for code, description in items.iter_rows():
                copy.write_row((code, description, "2024-10-01", "9999-12-31", True, 1))
        connection.execute("analyze marts.fct_sales_lines")  # as dbt does
        connection.execute("insert into raw.shop (layout, currency, columns) values ('sample', 'GBP', '{}')")
