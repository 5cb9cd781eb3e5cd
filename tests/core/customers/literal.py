"""Literal customer features in the warehouse: a BG/NBD population written down by numpy, with its parameters known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows

TABLE = """
create schema if not exists features;
create table if not exists features.customer_rfm (
    as_of date, customer_id text, frequency bigint, recency_days integer, t_days integer, monetary numeric,
    revenue numeric, orders bigint, items_bought bigint, last_purchase date, first_purchase date, country text,
    mean_gap_days numeric, distinct_items integer, returned numeric, returns_share numeric, first_day_revenue numeric,
    first_country text, recent_frequency integer
)
"""
COLUMNS = [
    "as_of", "customer_id", "frequency", "recency_days", "t_days", "monetary",
    "revenue", "orders", "items_bought", "last_purchase", "first_purchase", "country",
    "mean_gap_days", "distinct_items", "returned", "returns_share", "first_day_revenue", "first_country",
    "recent_frequency",
]  # fmt: skip
START = date(2025, 1, 1)
MONTH_ENDS = (date(2025, 6, 30), date(2025, 7, 31), date(2025, 9, 30))


def simulate(customers: int, seed: int, r: float = 0.8, alpha: float = 5.0, a: float = 0.8, b: float = 2.5):
    """Purchase days (float days since START) per customer; alpha in weeks, first purchases in the first 90 days."""
    random = np.random.default_rng(seed)
    histories = []
    for _ in range(customers):
        rate, leaving = random.gamma(r, 1 / (alpha * 7)), random.beta(a, b)
        day = random.uniform(0, 90)
        days = [day]
        while random.random() >= leaving or len(days) == 1:  # nobody leaves at the first purchase
            day += random.exponential(1 / rate)
            if day > 800:
                break
            days.append(day)
        histories.append(np.array(days))
    return histories


def write_features(
    settings: Settings, histories, as_of: date, scale: float = 1.0, countries=("France", "Spain")
) -> None:
    """The rows of one month end; `scale` multiplies the money."""
    end = (as_of - START).days + 1
    first_month = as_of.year * 12 + as_of.month - 3
    lately = (date(first_month // 12, first_month % 12 + 1, 1) - START).days
    rows = []
    for number, days in enumerate(histories):
        seen = np.unique(np.floor(days[days < end])).astype(int)
        if not len(seen):
            continue
        first, last = START + timedelta(int(seen[0])), START + timedelta(int(seen[-1]))
        repeats, spend = len(seen) - 1, (10 + number % 37) * scale
        rows.append(
            (as_of, str(12000 + number), repeats, (last - first).days, (as_of - first).days,
             spend if repeats else None, spend * len(seen), len(seen), 3 * len(seen), last, first,
             countries[number % len(countries)], (last - first).days / repeats if repeats else None, 2 + repeats,
             spend / 4, 0.25 / len(seen), spend, countries[0],
             int((seen >= lately).sum()) - int(seen[0] >= lately))
        )  # fmt: skip
    with connect(settings.warehouse) as connection:
        connection.execute(TABLE.encode())
        connection.execute("delete from features.customer_rfm where as_of = %s", (as_of,))
        copy_rows(connection, "features.customer_rfm", COLUMNS, rows)
