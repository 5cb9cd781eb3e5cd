"""Invoice lines as parallel columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

COUNTRIES = (
    "United Kingdom", "Germany", "France", "EIRE", "Spain", "Netherlands", "Portugal", "Switzerland", "Norway",
)  # fmt: skip
COUNTRY_SHARES = (0.895, 0.028, 0.025, 0.018, 0.009, 0.008, 0.007, 0.006, 0.004)
UNITED_KINGDOM, EIRE = COUNTRIES.index("United Kingdom"), COUNTRIES.index("EIRE")


@dataclass(frozen=True)
class Lines:
    """One entry per invoice line.

    `invoice` groups the lines of one invoice; `kind` is "" (sale), "C" (cancellation) or "A" (adjustment); `day` counts
    from FIRST_DAY, `minute` from midnight; `price` is pounds per piece; `customer` 0 is unknown; `country` indexes
    COUNTRIES.
    """

    invoice: np.ndarray
    kind: np.ndarray
    day: np.ndarray
    minute: np.ndarray
    code: np.ndarray
    description: np.ndarray
    quantity: np.ndarray
    price: np.ndarray
    customer: np.ndarray
    country: np.ndarray

    def take(self, index: np.ndarray) -> Lines:
        return Lines(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def with_invoice(self, invoice: np.ndarray) -> Lines:
        return replace(self, invoice=invoice)


def join(parts: Sequence[Lines]) -> Lines:
    """All lines of `parts`, whose invoices are already told apart."""
    return Lines(
        **{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Lines)}
    )
