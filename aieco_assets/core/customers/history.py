"""What a customer has bought, by month: what stands beside a prediction so that a person can judge it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aieco_assets.core.features.reader import FEATURES, latest_as_of
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import not_made, read_made

MONTHS = 24
_QUERY = """
    select date_trunc('month', invoice_date)::date, count(distinct invoice_date), sum(amount)::float8
    from features.purchases
    where customer_id = %s and %s between known_from and known_until
    group by 1 order by 1
"""


@dataclass(frozen=True)
class Month:
    """`month`: its first day. `purchases`: days on which the customer bought, net of linked cancellations; `revenue` in
    the money of the source."""

    month: date
    purchases: int
    revenue: float


@dataclass(frozen=True)
class History:
    """The last MONTHS months up to `as_of`, the day that predictions start from; none is left out between them."""

    as_of: date
    months: list[Month]


def purchase_history(settings: Settings, customer_id: str) -> History | None:
    """None for a customer who has bought nothing until the latest features. Raises AiecoError without features."""
    as_of = latest_as_of(settings)
    if as_of is None:
        raise not_made(*FEATURES)
    rows = read_made(settings.warehouse, _QUERY, (customer_id, as_of), "purchases", "features/purchases")
    if not rows:
        return None
    bought = {month: Month(month, purchases, revenue) for month, purchases, revenue in rows}
    months = [_first_day(as_of, back) for back in range(MONTHS - 1, -1, -1)]
    return History(as_of, [bought.get(month, Month(month, 0, 0.0)) for month in months if month >= rows[0][0]])


def _first_day(day: date, months_before: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months_before, 12)
    return date(year, month + 1, 1)
