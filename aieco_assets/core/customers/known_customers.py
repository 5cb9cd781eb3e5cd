"""The customers that a month end knows."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.features.reader import first_customer_day, read_rfm
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


def customers_as_of(settings: Settings, as_of: date) -> pd.DataFrame:
    """Features of a month end, empty before the first purchase of all.

    Raises AiecoError when features are missing though there were customers.
    """
    features = read_rfm(settings, as_of)
    first_day = first_customer_day(settings) if features.empty else None
    if features.empty and (first_day is None or first_day <= as_of):
        raise AiecoError(f"There are no customer features as of {as_of}: materialise features/customer_rfm for it.")
    return features
