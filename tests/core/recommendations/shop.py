"""Literal sale lines and pairs in the warehouse."""

from __future__ import annotations

from collections.abc import Iterable

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows
from tests.core.features.literal import PURCHASES

TABLES = """
create table if not exists marts.agg_item_pairs (
    month_end date, stock_code text, other_stock_code text, invoices_together integer, invoices integer,
    other_invoices integer, lift numeric);
truncate marts.fct_sales_lines, marts.agg_item_pairs;
"""
LINES = ["customer_id", "stock_code", "invoice_date", "line_type"]
PAIRS = ["month_end", "stock_code", "other_stock_code", "invoices_together", "invoices", "other_invoices", "lift"]


def write_sales(settings: Settings, lines: Iterable[tuple], pairs: Iterable[tuple]) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(PURCHASES.encode())
        connection.execute(TABLES.encode())
        copy_rows(connection, "marts.fct_sales_lines", LINES, lines)
        copy_rows(connection, "marts.agg_item_pairs", PAIRS, pairs)
