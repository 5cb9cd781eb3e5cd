"""How well a model foresees purchases that it has not seen: fitted up to a month end, judged on what came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from aieco_assets.core.customers.bgnbd import BgNbd, Vector, histories
from aieco_assets.core.errors import AiecoError

if TYPE_CHECKING:
    import pandas as pd

HOLDOUT = timedelta(days=91)
SHORTEST_HOLDOUT = timedelta(days=27)  # February


@dataclass(frozen=True)
class Holdout:
    """Customers known at `calibration_as_of`, and the purchase days each had from then until `as_of`."""

    calibration_as_of: date
    as_of: date
    calibration: pd.DataFrame
    actual: Vector

    @property
    def days(self) -> int:
        return (self.as_of - self.calibration_as_of).days

    def errors(self, model: BgNbd) -> dict[str, float]:
        """RMSE, MAE and bias of a model, in purchase days per customer over the holdout."""
        return _errors(model.expected_purchases(*histories(self.calibration), self.days), self.actual)

    def naive_errors(self) -> dict[str, float]:
        """The same of the baseline: everybody goes on buying at the rate of their past."""
        frequency, _, age = histories(self.calibration)
        return _errors(frequency / np.maximum(age, 1.0) * self.days, self.actual)


def calibration_dates(available: Sequence[date]) -> list[date]:
    """Month ends before the latest that can serve as the end of calibration, the one nearest to 91 days before first.

    Raises AiecoError when there is none.
    """
    latest = max(available, default=date.min)
    early_enough = [day for day in available if latest - day >= SHORTEST_HOLDOUT]
    if not early_enough:
        raise AiecoError(
            "The clv model needs features of two month ends, a month or more apart: load more transactions, "
            "or materialise features/customer_rfm for earlier months."
        )
    return sorted(early_enough, key=lambda day: abs((latest - day) - HOLDOUT))


def make_holdout(calibration_as_of: date, calibration: pd.DataFrame, as_of: date, latest: pd.DataFrame) -> Holdout:
    """Joins two month ends: a customer's purchase days in between are the growth of the repeat purchase days.

    Raises AiecoError when the later month does not know a customer of the earlier one: features of two builds.
    """
    later = latest.set_index("customer_id")["frequency"].reindex(calibration["customer_id"]).to_numpy(dtype=float)
    actual = later - calibration["frequency"].to_numpy(dtype=float)
    if np.isnan(actual).any() or (actual < 0).any():
        raise AiecoError(
            f"The features of {calibration_as_of} and {as_of} do not fit together: materialise "
            "features/customer_rfm for both again."
        )
    return Holdout(calibration_as_of, as_of, calibration, actual)


def _errors(expected: Vector, actual: Vector) -> dict[str, float]:
    difference = expected - actual
    return {
        "rmse": float(np.sqrt(np.mean(difference**2))),
        "mae": float(np.mean(np.abs(difference))),
        "bias": float(np.mean(difference)),
    }
