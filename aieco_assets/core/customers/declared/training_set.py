"""Month ends with what came after them, cut in time: a model is judged on a month end that it has never seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from aieco_assets.core.customers.declared.spec import ModelSpec
from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.features.labels import buyers_after, last_known_day, spent_after
from aieco_assets.core.features.reader import complete_months, features_digest, read_feature, read_rfm
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd

# Of those who bought after the month end, and of those who did not.
FEWEST = 30


@dataclass(frozen=True)
class Labelled:
    """Customers of one month end. `table`: the spec's features, float64, NaN where there is none; rows correspond."""

    as_of: date
    customers: pd.DataFrame
    table: pd.DataFrame
    truth: NDArray[np.float64]


@dataclass(frozen=True)
class TrainingSet:
    """`test`: the last month end whose days have passed; `train`: those whose had by then, oldest first."""

    train: tuple[Labelled, ...]
    test: Labelled

    @property
    def digest(self) -> str:
        labelled = (*self.train, self.test)
        return features_digest(*(one.table.assign(truth=one.truth, as_of=str(one.as_of)) for one in labelled))

    @property
    def partition_range(self) -> str:
        return f"{self.train[0].as_of}...{self.test.as_of}"


def read_training_set(settings: Settings, spec: ModelSpec) -> TrainingSet:
    """Raises NotTrainableError where history or customers are too few, AiecoError without a declared feature."""
    known = last_known_day(settings)
    available = complete_months(settings)
    window = timedelta(days=spec.days)
    tests = [day for day in available if known and day + window <= known]
    earlier = [day for day in available if tests and day + window <= tests[-1]]
    if not earlier:
        raise NotTrainableError(
            f"The model {spec.name} needs two month ends {spec.days} days apart and {spec.days} days of sales after "
            f"the later, and has {len(available)} month ends and sales to {known or 'no day'}."
        )
    found = TrainingSet(tuple(_labelled(settings, spec, day) for day in earlier), _labelled(settings, spec, tests[-1]))
    for use, truth in (("learned from", stacked(found.train)[1]), ("judged on", found.test.truth)):
        bought = int((truth > 0).sum())
        if min(bought, len(truth) - bought) < FEWEST:
            raise NotTrainableError(
                f"The model {spec.name} needs {FEWEST} customers who bought in the {spec.days} days and {FEWEST} who "
                f"did not; of those it would be {use}, {bought} did and {len(truth) - bought} did not."
            )
    return found


def table_of(settings: Settings, features: tuple[str, ...], as_of: date, customers: pd.DataFrame) -> pd.DataFrame:
    """The named features of the customers (rows of `read_rfm`), in their order."""
    import pandas as pd

    columns = {}
    for name in features:
        if name in customers:
            columns[name] = customers[name].to_numpy(dtype=float)
        else:
            values = read_feature(settings, name, as_of)
            columns[name] = np.array([values.get(one) for one in customers["customer_id"]], dtype=float)
    return pd.DataFrame(columns)


def stacked(labelled: tuple[Labelled, ...]) -> tuple[pd.DataFrame, NDArray[np.float64]]:
    """Tables and truths of several month ends, one below the other."""
    import pandas as pd

    tables = pd.concat([one.table for one in labelled], ignore_index=True)
    return tables, np.concatenate([one.truth for one in labelled])


def _labelled(settings: Settings, spec: ModelSpec, as_of: date) -> Labelled:
    customers = read_rfm(settings, as_of)
    if spec.target == "buys":
        bought = buyers_after(settings, as_of, spec.days)
        truth = customers["customer_id"].isin(list(bought)).to_numpy(dtype=float)
    else:
        spent = spent_after(settings, as_of, spec.days)
        truth = np.array([spent.get(one, 0.0) for one in customers["customer_id"]], dtype=float)
    return Labelled(as_of, customers, table_of(settings, spec.features, as_of, customers), truth)
