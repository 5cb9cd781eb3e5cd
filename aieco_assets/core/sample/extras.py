"""What makes retail data untidy: cancellations, postage, discounts, write-offs, bank charges, repeats, adjustments.

None of it adds or removes a purchase day of a known customer, so the BG/NBD parameters stay known.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from aieco_assets.core.sample.catalogue import Catalogue
from aieco_assets.core.sample.lines import EIRE, UNITED_KINGDOM, Lines, join
from aieco_assets.core.sample.purchases import open_days

CANCELLED_SHARE, REPEATED_SHARE = 0.018, 0.004  # of lines
WRITTEN_OFF = (None, "damaged", "?", "missing", "thrown away", "check")
CLOSING_TIME = 18 * 60 + 30


def add_extras(sales: Lines, catalogue: Catalogue, rng: np.random.Generator) -> list[Lines]:
    """The sales (a few lines of them twice) and everything that is not a sale, each in invoices of its own.

    Postage and carriage stand on the invoice that they belong to.
    """
    next_invoice = int(sales.invoice[-1]) + 1
    repeated = np.flatnonzero(rng.random(sales.day.size) < REPEATED_SHARE)
    with_repeats = sales.take(np.sort(np.concatenate([np.arange(sales.day.size), repeated])))
    parts = [with_repeats, _carriage(sales)]
    for part in (
        _cancellations(sales, rng),
        _discounts(sales, rng),
        _write_offs(catalogue, sales.day.size // 400, rng),
        _bank_charges(rng),
        _dotcom_postage(rng),
        _adjustments(),
    ):
        parts.append(replace(part, invoice=part.invoice + next_invoice))
        next_invoice = int(parts[-1].invoice.max(initial=next_invoice)) + 1
    return parts


def _carriage(sales: Lines) -> Lines:
    """POST for orders that go abroad, C2 for Ireland; and "Manual" on one invoice in 80."""
    first = sales.take(np.flatnonzero(np.diff(sales.invoice, prepend=-1)))
    abroad = first.take(np.flatnonzero(first.country != UNITED_KINGDOM))
    irish = abroad.country == EIRE
    carriage = replace(
        abroad,
        code=np.where(irish, "C2", "POST").astype(object),
        description=np.where(irish, "CARRIAGE", "POSTAGE").astype(object),
        quantity=np.where(irish, 1, 1 + abroad.day % 3),
        price=np.where(irish, 50.0, 18.0),
    )
    manual = first.take(np.flatnonzero(first.invoice % 160 == 8))
    manual = replace(
        manual,
        code=np.full(manual.day.size, "M", dtype=object),
        description=np.full(manual.day.size, "Manual", dtype=object),
        quantity=np.ones(manual.day.size, dtype=np.int64),
        price=np.round(0.5 + manual.minute % 97 / 4, 2),
    )
    return join([carriage, manual])


def _cancellations(sales: Lines, rng: np.random.Generator) -> Lines:
    """Lines of known customers cancelled in whole or in part some days later, one invoice per customer and day."""
    picked = np.flatnonzero((rng.random(sales.day.size) < CANCELLED_SHARE) & (sales.customer > 0))
    lines = sales.take(picked)
    kept = np.where(rng.random(picked.size) < 0.6, 0, lines.quantity // 2)
    opens = open_days()
    slot = np.searchsorted(opens, lines.day + 1 + rng.geometric(0.12, picked.size))
    late = slot < opens.size
    lines, kept, slot = lines.take(late), kept[late], slot[late]
    invoice = np.unique(np.stack([opens[slot], lines.customer]), axis=1, return_inverse=True)[1].reshape(-1)
    minute = np.rint(rng.triangular(8.5 * 60, 14 * 60, 18 * 60, int(invoice.max(initial=0)) + 1)).astype(np.int64)
    return replace(
        lines,
        invoice=invoice,
        kind=np.full(slot.size, "C", dtype=object),
        day=opens[slot],
        minute=minute[invoice],
        quantity=kept - lines.quantity,
    )


def _discounts(sales: Lines, rng: np.random.Generator) -> Lines:
    """A discount is a cancellation of code D on the day of the order."""
    lines = sales.take(np.flatnonzero((np.diff(sales.invoice, prepend=-1) > 0) & (sales.customer > 0)))
    lines = lines.take(np.flatnonzero(rng.random(lines.day.size) < 0.006))
    size = lines.day.size
    return replace(
        lines,
        invoice=np.arange(size),
        kind=np.full(size, "C", dtype=object),
        minute=np.minimum(lines.minute + 30, CLOSING_TIME),
        code=np.full(size, "D", dtype=object),
        description=np.full(size, "Discount", dtype=object),
        quantity=np.full(size, -1),
        price=np.round(rng.gamma(2.0, 14.0, size), 2),
    )


def _write_offs(catalogue: Catalogue, size: int, rng: np.random.Generator) -> Lines:
    """Stock corrections: no customer, no price, often no description, not marked as cancellations."""
    return _house_lines(
        day=rng.choice(open_days(), size),
        minute=rng.integers(9 * 60, CLOSING_TIME, size),
        code=rng.choice(catalogue.code, size),
        description=rng.choice(np.array(WRITTEN_OFF, dtype=object), size),
        quantity=np.where(rng.random(size) < 0.8, -rng.integers(1, 60, size), rng.integers(1, 30, size)),
        price=np.zeros(size),
    )


def _bank_charges(rng: np.random.Generator) -> Lines:
    """About one bank charge a month, and Amazon's fee as a cancellation."""
    opens = open_days()
    day = opens[np.arange(20, opens.size, 26)]
    size = day.size
    charges = _house_lines(
        day=day,
        minute=np.full(size, 9 * 60 + 5),
        code=np.full(size, "BANK CHARGES", dtype=object),
        description=np.full(size, "Bank Charges", dtype=object),
        quantity=np.ones(size, dtype=np.int64),
        price=np.round(rng.uniform(12, 40, size), 2),
    )
    fees = replace(
        charges,
        invoice=charges.invoice + size,
        kind=np.full(size, "C", dtype=object),
        minute=charges.minute + 10,
        code=np.full(size, "AMAZONFEE", dtype=object),
        description=np.full(size, "AMAZON FEE", dtype=object),
        quantity=np.full(size, -1),
        price=np.round(rng.uniform(90, 480, size), 2),
    )
    return join([charges, fees])


def _dotcom_postage(rng: np.random.Generator) -> Lines:
    """Postage of the web shop, booked as one sum on two open days in three."""
    day = open_days()
    day = day[rng.random(day.size) < 2 / 3]
    return _house_lines(
        day=day,
        minute=np.full(day.size, CLOSING_TIME),
        code=np.full(day.size, "DOT", dtype=object),
        description=np.full(day.size, "DOTCOM POSTAGE", dtype=object),
        quantity=np.ones(day.size, dtype=np.int64),
        price=np.round(rng.gamma(4.0, 30.0, day.size), 2),
    )


def _adjustments() -> Lines:
    """Bad debt written off, booked, and put right on one day."""
    size, opens = 3, open_days()
    lines = _house_lines(
        day=np.full(size, opens[min(int(opens.size * 0.7), opens.size - 1)]),
        minute=15 * 60 + np.arange(size),
        code=np.full(size, "B", dtype=object),
        description=np.full(size, "Adjust bad debt", dtype=object),
        quantity=np.ones(size, dtype=np.int64),
        price=np.array([7420.18, -7420.18, -7420.18]),
    )
    return replace(lines, kind=np.full(size, "A", dtype=object))


def _house_lines(**columns: np.ndarray) -> Lines:
    """Lines without a customer, each an invoice of its own."""
    size = columns["day"].size
    return Lines(
        invoice=np.arange(size),
        kind=np.full(size, "", dtype=object),
        customer=np.zeros(size, dtype=np.int64),
        country=np.full(size, UNITED_KINGDOM),
        **columns,
    )
