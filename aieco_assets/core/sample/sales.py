"""Invoices and product lines of the sample: how much is bought on each purchase day, and of what.

Order values are Gamma-Gamma (Fader, Hardie 2013): an order is Gamma(p, rate v_i), a customer's v_i is Gamma(q, rate v),
so that the mean order over customers is p * v / (q - 1) pounds. Rounding to whole pieces moves it a little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from aieco_assets.core.sample.catalogue import Catalogue
from aieco_assets.core.sample.lines import COUNTRIES, COUNTRY_SHARES, Lines
from aieco_assets.core.sample.purchases import DAYS, PurchaseDays, open_days

TRUE_GAMMA_GAMMA = {"p": 4.0, "q": 4.5, "v": 180.0}
WALK_IN_SHARE = 0.08  # orders without a customer, in proportion to those with one
MEAN_LINES = 7.0
LOWEST_ID, HIGHEST_ID = 12346, 18288
MOVED_SHARE = 0.01  # customers who move to another country in the year
SPLIT_SHARE = 0.06  # orders billed as two invoices on one day


@dataclass(frozen=True)
class Orders:
    """One entry per order; `customer` 0 is unknown, `value` is what its lines should add up to, in pounds."""

    customer: np.ndarray
    country: np.ndarray
    day: np.ndarray
    minute: np.ndarray
    value: np.ndarray


def make_orders(purchases: PurchaseDays, customers: int, rng: np.random.Generator) -> Orders:
    """One order per purchase day of a customer, and the walk-ins."""
    ids = rng.choice(np.arange(LOWEST_ID, HIGHEST_ID), size=customers, replace=False)
    spend_rate = rng.gamma(TRUE_GAMMA_GAMMA["q"], 1 / TRUE_GAMMA_GAMMA["v"], size=customers)
    country = rng.choice(len(COUNTRIES), p=COUNTRY_SHARES, size=customers)
    new_country = (country + rng.integers(1, len(COUNTRIES), customers)) % len(COUNTRIES)
    moved_on = np.where(rng.random(customers) < MOVED_SHARE, rng.integers(60, 330, customers), DAYS)

    buyer, day = purchases.customer, purchases.day
    walk_ins = int(day.size * WALK_IN_SHARE)
    minute = rng.triangular(8 * 60, 12.5 * 60, 17 * 60, day.size + walk_ins)
    return Orders(
        customer=np.concatenate([ids[buyer], np.zeros(walk_ins, dtype=np.int64)]),
        country=np.concatenate([
            np.where(day < moved_on[buyer], country[buyer], new_country[buyer]),
            np.zeros(walk_ins, dtype=np.int64),
        ]),
        day=np.concatenate([day, rng.choice(open_days(), walk_ins)]),
        minute=np.rint(minute).astype(np.int64),
        value=np.concatenate([
            rng.gamma(TRUE_GAMMA_GAMMA["p"], 1 / spend_rate[buyer]),
            rng.gamma(1.5, 140.0, walk_ins),
        ]),
    )  # fmt: skip


def make_sales(orders: Orders, catalogue: Catalogue, rng: np.random.Generator) -> Lines:
    """The product lines of all orders, ordered by invoice."""
    size = orders.day.size
    busy = np.where(orders.customer == 0, 2.5, np.sqrt(orders.value / orders.value.mean()))  # walk-ins buy many things
    count = 1 + rng.poisson(MEAN_LINES * busy)
    order = np.repeat(np.arange(size), count)
    first_line = np.cumsum(count) - count

    item = rng.choice(catalogue.code.size, p=catalogue.popularity, size=order.size)
    price = catalogue.price[item, orders.day[order]]
    share = rng.gamma(2.0, 1.0, order.size)
    share /= np.add.reduceat(share, first_line)[order]
    quantity = np.maximum(1, np.rint(orders.value[order] * share / price)).astype(np.int64)

    split = (rng.random(size) < SPLIT_SHARE)[order] & (np.arange(order.size) - first_line[order] >= count[order] / 2)
    return Lines(
        invoice=2 * order + split,
        kind=np.full(order.size, "", dtype=object),
        day=orders.day[order],
        minute=orders.minute[order] + 45 * split,
        code=catalogue.code[item],
        description=catalogue.descriptions_at(item, orders.day[order]),
        quantity=quantity,
        price=price,
        customer=orders.customer[order],
        country=orders.country[order],
    )
