"""Literal marts that the customer models read beside the features: the orders of a simulated population."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows
from tests.core.customers.literal import START, simulate, write_features
from tests.core.features.literal import PURCHASES

LAST_DAY = date(2025, 12, 31)
# The last has its 90 days until the last day; of the others the first three had theirs by then.
AS_OF = (date(2025, 4, 30), date(2025, 5, 31), date(2025, 6, 30), date(2025, 8, 31), date(2025, 9, 30))


def write_orders(settings: Settings, orders: Iterable[tuple[str | None, date, str]]) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute(PURCHASES.encode())
        connection.execute("truncate marts.fct_orders")
        copy_rows(connection, "marts.fct_orders", ["customer_id", "invoice_date", "order_type"], orders)


def write_shop(settings: Settings, customers: int = 500, seed: int = 3, as_of: Iterable[date] = AS_OF) -> None:
    """Features and orders of a population whose purchases go on to the last day of 2025."""
    histories = simulate(customers, seed)
    for day in as_of:
        write_features(settings, histories, day)
    end = (LAST_DAY - START).days + 1
    orders = [
        (str(12000 + number), START + timedelta(int(day)), "sale")
        for number, days in enumerate(histories)
        for day in np.unique(np.floor(days[days < end]))
    ]
    write_orders(settings, [*orders, (None, LAST_DAY, "sale")])
