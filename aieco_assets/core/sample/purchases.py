"""On which days the sample's customers buy: a BG/NBD process with known parameters.

Fader, Hardie, Lee (2005), "Counting your customers the easy way": while alive a customer buys as a Poisson process of
rate lambda ~ Gamma(r, alpha); after each repeat purchase the customer leaves with probability p ~ Beta(a, b).
Grain of the result: one row per customer and purchase day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

FIRST_DAY, LAST_DAY = date(2024, 10, 1), date(2025, 9, 30)
DAYS = (LAST_DAY - FIRST_DAY).days + 1
BIRTH_DAYS = (date(2025, 7, 1) - FIRST_DAY).days  # first purchases spread over nine months
TRUE_BGNBD = {"r": 0.9, "alpha": 42.0, "a": 0.8, "b": 2.6}  # alpha in days; mean rate while alive 0.021 a day
CUSTOMERS = 1400
SEED = 20241001
CLOSED_DATES = frozenset({date(2024, 12, 25), date(2024, 12, 26), date(2025, 1, 1), date(2025, 4, 20)})
SATURDAY = 5


@dataclass(frozen=True)
class PurchaseDays:
    """`customer` and `day` (days since FIRST_DAY) are parallel, ordered by customer, then day, without repeats."""

    customer: np.ndarray
    day: np.ndarray


def open_days() -> np.ndarray:
    """The days (since FIRST_DAY) on which the trade desk takes orders, in order."""
    dates = [FIRST_DAY + timedelta(days=day) for day in range(DAYS)]
    return np.array([day for day, on in enumerate(dates) if on.weekday() != SATURDAY and on not in CLOSED_DATES])


def simulate_purchase_days(rng: np.random.Generator, customers: int = CUSTOMERS) -> PurchaseDays:
    """All purchase days up to LAST_DAY. Days are calendar days; two purchases on one day can't be told apart.

    A purchase while the desk is shut, or on a day on which the customer has bought already, is booked on the next
    open day: merging them instead would lose purchases of the busiest customers and with them a tenth of alpha.
    """
    rate = rng.gamma(TRUE_BGNBD["r"], 1 / TRUE_BGNBD["alpha"], customers)
    leaves = rng.beta(TRUE_BGNBD["a"], TRUE_BGNBD["b"], customers)
    time = rng.uniform(0, BIRTH_DAYS, customers)
    alive = np.arange(customers)
    bought_by, bought_at = [alive], [time]
    while alive.size:
        time = time + rng.exponential(1.0, alive.size) / rate[alive]
        buys = time < DAYS
        alive, time = alive[buys], time[buys]
        bought_by.append(alive)
        bought_at.append(time)
        stays = rng.random(alive.size) >= leaves[alive]
        alive, time = alive[stays], time[stays]
    customer, time = np.concatenate(bought_by), np.concatenate(bought_at)
    order = np.lexsort((time, customer))
    return _booked(customer[order], np.floor(time[order]).astype(np.int64))


def _booked(customer: np.ndarray, day: np.ndarray) -> PurchaseDays:
    """Move each purchase to the first open day from it on that its customer has not used (both inputs sorted)."""
    opens = open_days()
    slot = np.searchsorted(opens, day)
    # strictly rising slots per customer: a running maximum of (slot - position), kept apart by a big step per customer
    position, step = np.arange(slot.size), 4 * (slot.size + DAYS)
    slot = np.maximum.accumulate(slot - position + customer * step) - customer * step + position
    in_time = slot < opens.size
    return PurchaseDays(customer[in_time], opens[slot[in_time]])
