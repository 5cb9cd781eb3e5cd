"""Which days the lake has or will have of the transactions, which of them change, and how far the features go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from aieco_assets.core.retail.source import PendingTransactions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


@dataclass(frozen=True)
class Days:
    """First and last day that the lake holds or will hold, the first and last that change (None: none does), and the
    last as-of date that features were made for: it may lie beyond the days, and reads the changed ones, too."""

    first: date | None
    last: date | None
    first_changed: date | None = None
    last_changed: date | None = None
    last_as_of: date | None = None


def known_days(settings: Settings, pending: PendingTransactions | None = None) -> Days:
    """The span of the lake's days and of those that are to be landed, and how far the features go."""
    coming = pending.days if pending else ()
    with connect(settings.warehouse) as connection:
        landed = connection.execute("select min(invoice_date), max(invoice_date) from lake.transaction_days").fetchone()
        ((features,),) = connection.execute("select to_regclass('features.customer_rfm') is not null").fetchall()
        made = connection.execute("select max(as_of) from features.customer_rfm").fetchone() if features else None
    known = [*coming, *(day for day in landed or () if day is not None)]
    return Days(
        first=min(known, default=None),
        last=max(known, default=None),
        first_changed=min(coming, default=None),
        last_changed=max(coming, default=None),
        last_as_of=made[0] if made else None,
    )
