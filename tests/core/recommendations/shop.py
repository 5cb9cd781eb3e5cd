"""Literal sale lines and pairs in the warehouse."""

from __future__ import annotations

from collections.abc import Iterable

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows

TABLES = """
create schema if not exists marts;
create table if not exists marts.fct_sales_lines (
    customer_id text, stock_code text, invoice_date date, line_type text);
create table if not exists marts.agg_item_pairs (
    month_end date, stock_code text, other_stock_code text, invoices_together integer, invoices integer,
    other_invoices integer, lift numeric);
truncate marts.fct_sales_lines, marts.agg_item_pairs;
"""
LINES = ["customer_id", "stock_code", "invoice_date", "line_type"]
PAIRS = ["month_end", "stock_code", "other_stock_code", "invoices_together", "invoices", "other_invoices", "lift"]


def write_sales(settings: Settings, lines: Iterable[tuple], pairs: Iterable[tuple]) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(TABLES.encode())
        copy_rows(connection, "marts.fct_sales_lines", LINES, lines)
        copy_rows(connection, "marts.agg_item_pairs", PAIRS, pairs)
