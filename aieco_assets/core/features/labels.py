"""What customers did after a month end: labels to train and judge with, never features."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import read_made


def last_known_day(settings: Settings) -> date | None:
    """The last day with any invoice; None before there are any. Raises AiecoError without the table."""
    rows = _rows(settings, "select max(invoice_date) from marts.fct_orders", ())
    return rows[0][0]


def buyers_after(settings: Settings, as_of: date, days: int) -> set[str]:
    """Customers who bought on one of the `days` days that follow `as_of` (which is not among them), and by the last of
    these had not cancelled all of it."""
    query = """
        select distinct customer_id from features.purchases
        where invoice_date > %s and %s between known_from and known_until
    """
    return {customer for (customer,) in _rows(settings, query, (as_of, as_of + timedelta(days=days)))}


def spent_after(settings: Settings, as_of: date, days: int) -> dict[str, float]:
    """What customers spent on the `days` days that follow `as_of`, by the last of these still bought, in the shop's
    currency; who bought nothing is not in it."""
    query = """
        select customer_id, sum(amount)::float8 from features.purchases
        where invoice_date > %s and %s between known_from and known_until group by customer_id
    """
    return dict(_rows(settings, query, (as_of, as_of + timedelta(days=days))))


def _rows(settings: Settings, query: str, values: tuple[date, ...]) -> list[tuple[Any, ...]]:
    return read_made(settings.warehouse, query, values, "purchases", "features/purchases")
