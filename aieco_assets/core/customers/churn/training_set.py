"""Month ends with what came after them, cut in time: the model is judged on customers of a day it has never seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.churn.leakage import refuse_the_future
from aieco_assets.core.customers.churn.table import churn_table
from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.features.labels import buyers_after, last_known_day
from aieco_assets.core.features.reader import complete_months, features_digest, read_rfm
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

WINDOW_DAYS = 90
# Of each class, in what is learned from and in what is judged on.
FEWEST = 30


@dataclass(frozen=True)
class Labelled:
    """Customers of one month end; `churned`: no purchase in the 90 days that followed. Rows of all three correspond."""

    as_of: date
    features: pd.DataFrame
    table: pd.DataFrame
    churned: NDArray[np.bool_]


@dataclass(frozen=True)
class TrainingSet:
    """`test`: the last month end whose 90 days have passed; `train`: those whose had by then, oldest first."""

    train: tuple[Labelled, ...]
    test: Labelled

    @property
    def digest(self) -> str:
        labelled = (*self.train, self.test)
        return features_digest(*(one.features.assign(churned=one.churned, as_of=str(one.as_of)) for one in labelled))

    @property
    def partition_range(self) -> str:
        return f"{self.train[0].as_of}...{self.test.as_of}"


def stacked(labelled: tuple[Labelled, ...]) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """Tables and labels of several month ends, one below the other."""
    import pandas as pd

    tables = pd.concat([one.table for one in labelled], ignore_index=True)
    return tables, np.concatenate([one.churned for one in labelled])


def read_training_set(settings: Settings) -> TrainingSet:
    """Reads features and labels. Raises NotTrainableError where history or customers are too few, AiecoError where a
    feature knows the future."""
    known = last_known_day(settings)
    available = complete_months(settings)
    window = timedelta(days=WINDOW_DAYS)
    tests = [day for day in available if known and day + window <= known]
    earlier = [day for day in available if tests and day + window <= tests[-1]]
    if not earlier:
        raise NotTrainableError(
            f"The churn model needs two month ends {WINDOW_DAYS} days apart and {WINDOW_DAYS} days of sales after the "
            f"later, and has {_history(available, known)}."
        )
    test = _labelled(settings, tests[-1])
    train = tuple(_labelled(settings, day) for day in earlier)
    _check_classes("learned from", stacked(train)[1], f"{earlier[0]} to {earlier[-1]}")
    _check_classes("judged on", test.churned, str(test.as_of))
    refuse_the_future(*stacked((*train, test)))
    return TrainingSet(train, test)


def _history(available: Sequence[date], known: date | None) -> str:
    if not available or known is None:
        return f"none: no month is complete yet (sales to {known or 'no day'})"
    return f"{max((known - available[0]).days, 0)} days after the first month end ({available[0]}, sales to {known})"


def _labelled(settings: Settings, as_of: date) -> Labelled:
    features = read_rfm(settings, as_of)
    stayed = buyers_after(settings, as_of, WINDOW_DAYS)
    churned = ~features["customer_id"].isin(list(stayed)).to_numpy(dtype=bool)
    return Labelled(as_of, features, churn_table(features), churned)


def _check_classes(use: str, churned: NDArray[np.bool_], when: str) -> None:
    gone, stayed = int(churned.sum()), int((~churned).sum())
    if min(gone, stayed) < FEWEST:
        raise NotTrainableError(
            f"The churn model can't be trained: it needs {FEWEST} customers who stayed away for {WINDOW_DAYS} days and "
            f"{FEWEST} who did not, and of those it would be {use} ({when}) {gone} stayed away and {stayed} did not."
        )
