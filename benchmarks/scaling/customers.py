"""More customers: simulated companies of one year; features, training and scoring of all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import TRANSACTION_COLUMNS
from aieco_assets.core.customers.churn.scoring import load_churn_champion, score_churn
from aieco_assets.core.customers.churn.training import train_churn
from aieco_assets.core.customers.clv import score_customers, train_clv
from aieco_assets.core.features.reader import latest_as_of
from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.sample.purchases import FIRST_DAY, simulate_purchase_days
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import parsed_environment
from aieco_assets.core.stack.warm_dbt import WarmDbt
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from benchmarks.scaling.meter import Meter, Point
from benchmarks.warehouse import DAILY, EVER, build, open_shop

if TYPE_CHECKING:
    import numpy as np

SIZES = (1_000, 10_000, 100_000)
LINES, ITEMS = 2, 500  # of an order, of the shop


def measure(customers: int) -> list[Point]:
    with _company(customers) as shop:
        meter = Meter("customers", customers, EmbeddedPostgres(shop.home).data)
        with meter.step("dbt: features of every month"):
            build(shop, ("--select", "aieco.intermediate", "aieco.features"))
        with meter.step("fitting clv"):
            train_clv(shop)
        with meter.step("fitting churn"):
            train_churn(shop)
        as_of, churn = latest_as_of(shop), load_churn_champion(shop)
        assert as_of is not None
        with meter.step("scoring clv"):
            score_customers(shop, as_of)
        if churn is not None:
            with meter.step("scoring churn"):
                score_churn(shop, as_of, churn)
    return meter.points


@contextmanager
def _company(customers: int) -> Iterator[Settings]:
    """A warehouse with the marts of so many customers."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder:
        _write(Path(folder), customers)
        with open_shop(Path(folder)) as shop, WarmDbt() as dbt:
            dbt.start(parsed_environment(shop))
            land_days(shop, *EVER)
            load_days(shop, *EVER)
            build(shop, DAILY)
            yield shop


def _write(folder: Path, customers: int) -> None:
    """A file a day: orders of a few lines on the days on which customers of a known process buy."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(customers)
    bought = simulate_purchase_days(rng, customers)
    order = np.repeat(np.arange(len(bought.day)), LINES)
    day, item = bought.day[order], rng.integers(ITEMS, size=len(order))
    lines = pl.DataFrame(
        {
            "day": day,
            "InvoiceNo": order + 1_000_000,
            "StockCode": item + 10_000,
            "Description": [f"ITEM {number}" for number in item.tolist()],
            "Quantity": rng.integers(1, 12, len(order)),
            "InvoiceDate": _noon(day),
            "UnitPrice": np.round(rng.gamma(2.0, 3.0, len(order)) + 0.1, 2),
            "CustomerID": bought.customer[order] + 100_000,
            "Country": ["United Kingdom"] * len(order),
        }
    )
    for (number,), of_day in lines.partition_by("day", as_dict=True).items():
        of_day.select(TRANSACTION_COLUMNS).write_csv(folder / f"{FIRST_DAY + timedelta(days=int(number))}.csv")


def _noon(days: np.ndarray) -> list[str]:
    return [f"{FIRST_DAY + timedelta(days=int(day))} 12:00:00" for day in days]
