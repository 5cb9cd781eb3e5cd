"""A shop of twelve invoice lines whose every metric can be worked out by hand: lamps and paper, in three stores."""

from __future__ import annotations

from pathlib import Path

import yaml

from aieco_assets.core.storage.postgres import connect

CONTRACTS = Path(__file__).parents[3] / "dbt_project" / "models" / "marts"
# invoice, day, code, country, customer, type, pieces, price
LINES = [
    ("1001", "2010-12-01", "20201", "United Kingdom", "7", "sale", 2, "10.00"),
    ("1001", "2010-12-01", "20202", "United Kingdom", "7", "sale", 1, "5.01"),
    ("1002", "2011-03-04", "20201", "Germany", "8", "sale", 3, "10.00"),
    ("1003", "2011-03-31", "20203", "EIRE", None, "sale", 4, "2.50"),
    ("C1004", "2011-03-31", "20201", "Germany", "8", "return", -1, "10.00"),
    ("1005", "2011-11-30", "20202", "United Kingdom", "9", "sale", 10, "1.00"),
    ("1005", "2011-11-30", "POST", "United Kingdom", "9", "non_product", 1, "18.00"),
    ("A1006", "2011-12-01", "B", "United Kingdom", None, "adjustment", 1, "-11.00"),
    ("1007", "2011-12-08", "20201", "United Kingdom", "7", "sale", 1, "12.00"),
    ("1008", "2011-12-09", "20203", "France", "10", "sale", 2, "3.00"),
    ("C1009", "2011-12-09", "20202", "United Kingdom", "9", "return", -2, "1.00"),
    ("C1010", "2011-12-09", "POST", "United Kingdom", "9", "non_product", -1, "18.00"),
]
# The German lamp that came back, on the day that it was sold; the paper stars were bought before the data begins.
CANCELLED = [("x:2", "2011-03-04", 1, "10.00")]
CATEGORIES = {"20201": "LIGHT & LAMPS", "20202": "PAPER", "20203": "WAX"}
STORES = {"United Kingdom": "31", "Germany": "367", "EIRE": "0031A"}
ITEMS = {
    "20201": "BRASS READING LAMP",
    "20202": "PAPER STAR LANTERN WHITE",
    "20203": "BEESWAX PILLAR CANDLE",
    "20204": "BEESWAX TAPER CANDLE",
}


CONTRACTED = (
    ("_facts.yml", "fct_sales_lines"),
    ("_orders.yml", "fct_linked_cancellations"),
    ("_dimensions.yml", "dim_items"),
)


def create_marts(url: str) -> None:
    """The marts as dbt's contracts declare them, without a row."""
    with connect(url) as connection:
        connection.execute("create schema if not exists marts")
        for file, model in CONTRACTED:
            models = yaml.safe_load((CONTRACTS / file).read_text())["models"]
            (columns,) = [one["columns"] for one in models if one["name"] == model]
            declared = ", ".join(f"{column['name']} {column['data_type']}" for column in columns)
            connection.execute(f"create table marts.{model} ({declared})".encode())
            connection.execute(f"grant select on marts.{model} to aieco_service".encode())  # as dbt does


def fill(url: str) -> None:
    """The marts with the lines above, loaded on 10 December 2011 at 06:30 UTC."""
    create_marts(url)
    with connect(url) as connection:
        for number, (invoice, day, code, country, customer, kind, pieces, price) in enumerate(LINES):
            connection.execute(
                "insert into marts.fct_sales_lines (line_id, invoice_date, invoiced_at, invoice_no, stock_code,"
                " customer_id, country, line_type, is_product, quantity, unit_price, amount, category, store)"
                " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::numeric, %s * %s::numeric, %s, %s)",
                (
                    f"x:{number}",
                    day,
                    day,
                    invoice,
                    code,
                    customer,
                    country,
                    kind,
                    code in ITEMS,
                    pieces,
                    price,
                    pieces,
                    price,
                    CATEGORIES.get(code),
                    STORES.get(country),
                ),
            )
        for cancelled in CANCELLED:
            connection.execute("insert into marts.fct_linked_cancellations values (%s, %s, %s, %s)", cancelled)
        connection.execute(
            "insert into raw.shop (layout, currency, columns)"
            """ values ('test', 'GBP', '{"category": "PRODUCT.DEPARTMENT", "store": "Store", "country": "Country"}')"""
        )
        for code, description in ITEMS.items():
            connection.execute(
                "insert into marts.dim_items (stock_code, valid_from, valid_to, is_current, list_price, description)"
                " values (%s, '2010-12-01', '9999-12-31', true, 1, %s)",
                (code, description),
            )
        connection.execute(
            "insert into raw.loads (invoice_date, sha256, rows, loaded_at)"
            " values ('2011-12-09', 'x', 12, '2011-12-10 06:30+00')"
        )
