"""Purchases that a model has not seen: fitted up to a month end, judged on what came after.

Both are net of linked cancellations by what each month end knew. An earlier purchase that was taken back meanwhile
lowers what a customer did, to no less than nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from aieco_assets.core.customers.bgnbd import Vector, histories
from aieco_assets.core.errors import NotTrainableError

if TYPE_CHECKING:
    import pandas as pd

HOLDOUT = timedelta(days=91)
SHORTEST_HOLDOUT = timedelta(days=27)  # February


@dataclass(frozen=True)
class Holdout:
    """Customers known at `calibration_as_of`, and the purchase days and their value that each had until `as_of`.

    `before`: features of the month end about as long before, for the rate of the last period; None where there is
    none.
    """

    calibration_as_of: date
    as_of: date
    calibration: pd.DataFrame
    actual: Vector
    actual_value: Vector
    before_as_of: date | None = None
    before: pd.DataFrame | None = None

    @property
    def days(self) -> int:
        return (self.as_of - self.calibration_as_of).days

    def naive(self) -> dict[str, Vector]:
        """Purchase days in the holdout if nothing changed, by baseline: at the rate of the whole past, and (where it
        is known) of the last period. Only repeat purchases count, as in the holdout itself."""
        frequency, _, age = histories(self.calibration)
        found = {"rate of the past": frequency / np.maximum(age, 1.0) * self.days}
        if self.before is not None and self.before_as_of is not None:
            known = self.before.set_index("customer_id")["frequency"]
            earlier = known.reindex(self.calibration["customer_id"]).fillna(0.0).to_numpy(dtype=float)
            period = (self.calibration_as_of - self.before_as_of).days
            found["rate of the last period"] = np.maximum(frequency - earlier, 0.0) / period * self.days
        return found

    def baseline(self) -> tuple[str, Vector]:
        """The naive baseline that models are held against: the rate of the last period, or of the past where no last
        period is known."""
        return list(self.naive().items())[-1]

    def spend_of_the_past(self) -> Vector:
        """Mean value of a purchase day of each customer until now: what the naive baseline pays for each."""
        days = self.calibration["frequency"].to_numpy(dtype=float) + 1
        return self.calibration["revenue"].to_numpy(dtype=float) / days


def calibration_dates(available: Sequence[date]) -> list[date]:
    """Month ends before the latest that can serve as the end of calibration, the one nearest to 91 days before first.

    Raises NotTrainableError when there is none.
    """
    latest = max(available, default=date.min)
    early_enough = [day for day in available if latest - day >= SHORTEST_HOLDOUT]
    if not early_enough:
        raise NotTrainableError(
            "The clv model needs two month ends, one to learn from and a later one to be judged by, and has "
            f"{f'one ({latest})' if available else 'none: no month is complete yet'}."
        )
    return sorted(early_enough, key=lambda day: abs((latest - day) - HOLDOUT))


def date_before(available: Sequence[date], calibration_as_of: date, as_of: date) -> date | None:
    """The month end that begins a period before calibration about as long as the holdout; None without one."""
    wanted = as_of - calibration_as_of
    earlier = [day for day in available if calibration_as_of - day >= SHORTEST_HOLDOUT]
    return min(earlier, key=lambda day: abs((calibration_as_of - day) - wanted), default=None)


def make_holdout(
    calibration_as_of: date,
    calibration: pd.DataFrame,
    as_of: date,
    latest: pd.DataFrame,
    before_as_of: date | None = None,
    before: pd.DataFrame | None = None,
) -> Holdout:
    """Joins two month ends: a customer's purchase days in between are the growth of the repeat purchase days.

    Whom the later month does not know has taken back everything, and bought nothing.
    """
    known = latest.set_index("customer_id").reindex(calibration["customer_id"])
    actual, value = (
        np.maximum(np.nan_to_num(known[name].to_numpy(dtype=float)) - calibration[name].to_numpy(dtype=float), 0.0)
        for name in ("frequency", "revenue")
    )
    return Holdout(calibration_as_of, as_of, calibration, actual, value, before_as_of, before)
