"""Who has taken up which item since when, and which items are bought together, as matrices over the same items."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import read_made

if TYPE_CHECKING:
    from scipy.sparse import csr_array

POPULAR_DAYS, PAIR_DAYS = 90, 184
# A pair seen this often counts half of what one that is always seen counts.
_DOUBT = 3.0


@dataclass(frozen=True)
class Purchases:
    """First purchases up to a day. `customer`, `item` and `first` (days since 1970) are parallel: one customer, one
    item, the day on which she first bought it. `customer` and `item` index `customers` and `items`, both sorted."""

    customers: tuple[str, ...]
    items: tuple[str, ...]
    customer: NDArray[np.int64]
    item: NDArray[np.int64]
    first: NDArray[np.int64]

    def had_by(self, day: date) -> csr_array:
        """Customers by items, 1 where the customer had bought the item by the end of `day`."""
        return self._matrix(self.first <= _number(day))

    def taken_up_after(self, day: date) -> csr_array:
        """Customers by items, 1 where the customer bought the item for the first time after `day`."""
        return self._matrix(self.first > _number(day))

    def popularity(self, day: date) -> NDArray[np.float64]:
        """How many customers bought each item for the first time in the 90 days up to `day`."""
        recent = (self.first <= _number(day)) & (self.first > _number(day - timedelta(days=POPULAR_DAYS)))
        return np.bincount(self.item[recent], minlength=len(self.items)).astype(float)

    def digest(self) -> str:
        found = sha256("\0".join((*self.customers, "", *self.items)).encode())
        for column in (self.customer, self.item, self.first):
            found.update(column.tobytes())
        return found.hexdigest()

    def _matrix(self, kept: NDArray[np.bool_]) -> csr_array:
        from scipy.sparse import csr_array

        shape = (len(self.customers), len(self.items))
        places = (self.customer[kept], self.item[kept])
        return csr_array((np.ones(int(kept.sum())), places), shape=shape)


def read_purchases(settings: Settings, as_of: date) -> Purchases:
    """First purchases of known customers up to `as_of`, without what they had cancelled by then. Raises AiecoError
    without the facts."""
    rows = _rows(
        settings,
        "select customer_id, stock_code, min(invoice_date) - date '1970-01-01' from features.purchases"
        " where %s between known_from and known_until group by 1, 2 order by 1, 2",
        (as_of,),
    )
    who, what, first = zip(*rows, strict=True) if rows else ((), (), ())
    customers, customer = np.unique(np.array(who, dtype=str), return_inverse=True)
    items, item = np.unique(np.array(what, dtype=str), return_inverse=True)
    return Purchases(tuple(map(str, customers)), tuple(map(str, items)), customer, item, np.array(first, dtype=int))


def read_pairs(settings: Settings, as_of: date, items: tuple[str, ...]) -> csr_array:
    """Items by items: how much having the one speaks for the other, from the pairs of the half year up to `as_of`.

    Cosine of the two items' invoices (Linden et al. 2003), less where a pair was seen only a few times. Symmetric.
    """
    from scipy.sparse import csr_array

    rows = _rows(
        settings,
        "select stock_code, other_stock_code, sum(invoices_together)::float8,"
        " sum(invoices)::float8 * sum(other_invoices)::float8 from marts.agg_item_pairs"
        " where month_end <= %s and month_end > %s and lift > 1 group by 1, 2 order by 1, 2",
        (as_of, as_of - timedelta(days=PAIR_DAYS)),
    )
    place = {code: number for number, code in enumerate(items)}
    known = [row for row in rows if row[0] in place and row[1] in place]
    one = np.array([place[row[0]] for row in known], dtype=int)
    other = np.array([place[row[1]] for row in known], dtype=int)
    together = np.array([row[2] for row in known], dtype=float)
    weight = together / np.sqrt(np.array([row[3] for row in known], dtype=float)) * together / (together + _DOUBT)
    places = (np.concatenate([one, other]), np.concatenate([other, one]))
    return csr_array((np.concatenate([weight, weight]), places), shape=(len(items), len(items)))


def _rows(settings: Settings, query: str, values: tuple[date, ...]) -> list[tuple[Any, ...]]:
    return read_made(settings.warehouse, query, values, "sales", "marts/agg_item_pairs")


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
