"""The sample's transactions in the Online Retail format: one csv per open day, the same bytes on every run.

Source of the format: UCI Online Retail (dataset 352). Who buys when follows `purchases`; how much, Gamma-Gamma.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import numpy as np

from aieco_assets.core.contracts import TRANSACTION_COLUMNS
from aieco_assets.core.sample.catalogue import make_catalogue
from aieco_assets.core.sample.extras import add_extras
from aieco_assets.core.sample.lines import COUNTRIES, Lines, join
from aieco_assets.core.sample.purchases import (
    CUSTOMERS,
    DAYS,
    FIRST_DAY,
    LAST_DAY,
    SEED,
    TRUE_BGNBD,
    simulate_purchase_days,
)
from aieco_assets.core.sample.sales import TRUE_GAMMA_GAMMA, make_orders, make_sales

__all__ = ["CUSTOMERS", "FIRST_DAY", "LAST_DAY", "TRUE_BGNBD", "TRUE_GAMMA_GAMMA", "make_lines", "write_transactions"]

FIRST_INVOICE = 600001


def make_lines(customers: int = CUSTOMERS) -> Lines:
    """Every line of the year, ordered by time, with final invoice numbers. The seed is fixed."""
    seeds = np.random.SeedSequence(SEED).spawn(5)  # one each, so that a change of one part leaves the others alone
    catalogue = make_catalogue(DAYS, np.random.default_rng(seeds[0]))
    purchases = simulate_purchase_days(np.random.default_rng(seeds[1]), customers)
    orders = make_orders(purchases, customers, np.random.default_rng(seeds[2]))
    sales = make_sales(orders, catalogue, np.random.default_rng(seeds[3]))
    return _numbered(add_extras(sales, catalogue, np.random.default_rng(seeds[4])))


def write_transactions(
    directory: Path, start: date | None = None, end: date | None = None, customers: int = CUSTOMERS
) -> tuple[int, int]:
    """Write one csv for each open day from `start` to `end` (both included) and return (files, lines).

    The lines of a day do not depend on the window. `customers` other than the default gives another, smaller company.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lines = make_lines(customers)
    rows = _rows(lines)
    first = max(0, ((start or FIRST_DAY) - FIRST_DAY).days)
    last = min(DAYS - 1, ((end or LAST_DAY) - FIRST_DAY).days)
    days = np.arange(first, last + 1)
    begins, ends = np.searchsorted(lines.day, days, "left"), np.searchsorted(lines.day, days, "right")
    files = written = 0
    for day, begin, stop in zip(days.tolist(), begins.tolist(), ends.tolist(), strict=True):
        if begin == stop:
            continue
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(TRANSACTION_COLUMNS)
        writer.writerows(rows[begin:stop])
        (directory / f"{FIRST_DAY + timedelta(days=day)}.csv").write_bytes(text.getvalue().encode())
        files, written = files + 1, written + stop - begin
    return files, written


def _numbered(parts: list[Lines]) -> Lines:
    """All lines in the order of time, invoices numbered from FIRST_INVOICE in that order."""
    lines = join(parts)
    order = np.lexsort((lines.invoice, lines.minute, lines.day))
    lines = lines.take(order)
    new_invoice = np.concatenate([[False], lines.invoice[1:] != lines.invoice[:-1]])
    return lines.with_invoice(FIRST_INVOICE + np.cumsum(new_invoice))


def _rows(lines: Lines) -> list[tuple]:
    """Lines as csv rows, numbers written as in the source: `13995.0`, `2.1`, and nothing for a missing customer."""
    invoice = [f"{kind}{number}" for kind, number in zip(lines.kind.tolist(), lines.invoice.tolist(), strict=True)]
    dates = [str(FIRST_DAY + timedelta(days=day)) for day in range(DAYS)]
    at = [
        f"{dates[day]} {minute // 60:02d}:{minute % 60:02d}:00"
        for day, minute in zip(lines.day.tolist(), lines.minute.tolist(), strict=True)
    ]
    customer = [f"{number}.0" if number else "" for number in lines.customer.tolist()]
    country = [COUNTRIES[number] for number in lines.country.tolist()]
    columns = (
        invoice, lines.code.tolist(), lines.description.tolist(), lines.quantity.tolist(), at, lines.price.tolist(),
        customer, country,
    )  # fmt: skip
    return list(zip(*columns, strict=True))
