"""Daily sales as a series that can be learned from: the weekdays on which the shop trades, gaps where it was shut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import read_made

# A weekday trades if it had sales in a third of these weeks.
LOOK_BACK_WEEKS = 8
FEWEST_DAYS = 84


@dataclass(frozen=True)
class DailySales:
    """Every day on a weekday that trades, in order: `sales` in the shop's currency, NaN on days without any (shut).

    `weekdays`: those that trade, 0 is Monday. `last`: the last day of the data, whether it trades or not.
    """

    days: tuple[date, ...]
    sales: NDArray[np.float64]
    weekdays: tuple[int, ...]
    last: date

    def digest(self) -> str:
        return sha256(f"{self.days[0]}/{self.last}/{self.weekdays}".encode() + self.sales.tobytes()).hexdigest()

    def up_to(self, day: date) -> DailySales:
        kept = [number for number, one in enumerate(self.days) if one <= day]
        return DailySales(self.days[: len(kept)], self.sales[: len(kept)], self.weekdays, day)


def read_daily_sales(settings: Settings) -> DailySales:
    """The whole series of marts.agg_daily_sales. Raises NotTrainableError when it has fewer than 84 days of trade."""
    query = "select invoice_date, sales_amount::float8 from marts.agg_daily_sales order by invoice_date"
    rows = read_made(settings.warehouse, query, (), "daily sales", "marts/agg_daily_sales")
    return daily_sales({day: amount for day, amount in rows if amount > 0})


def daily_sales(amounts: dict[date, float]) -> DailySales:
    """The series of sales by day; days that are missing had none."""
    if len(amounts) < FEWEST_DAYS:
        raise NotTrainableError(f"The sales forecast needs {FEWEST_DAYS} days with sales, and has {len(amounts)}.")
    first, last = min(amounts), max(amounts)
    recent = [last - timedelta(days=number) for number in range(7 * LOOK_BACK_WEEKS)]
    trading = [sum(day.weekday() == weekday and day in amounts for day in recent) for weekday in range(7)]
    weekdays = tuple(weekday for weekday in range(7) if trading[weekday] * 3 >= LOOK_BACK_WEEKS)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    days = tuple(day for day in days if day.weekday() in weekdays)
    return DailySales(days, np.array([amounts.get(day, np.nan) for day in days]), weekdays, last)
