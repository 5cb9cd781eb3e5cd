"""Evidently 0.7, called in one place: two tables in, scores and one self-contained page out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from aieco_assets.core.errors import NotTrainableError

if TYPE_CHECKING:
    import pandas as pd

NUMERIC_METHOD, CATEGORICAL_METHOD = "wasserstein", "jensenshannon"


@dataclass(frozen=True)
class ColumnDrift:
    """How far one column has moved; `score` is 0 for none, and drifted means score >= threshold."""

    column: str
    method: str
    score: float
    threshold: float

    @property
    def drifted(self) -> bool:
        return self.score >= self.threshold


def compare(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    numeric: Sequence[str],
    categorical: Sequence[str],
    threshold: float,
) -> tuple[tuple[ColumnDrift, ...], Callable[[], str]]:
    """Scores in the order of the columns given, and what writes the html of the report, which takes longer.

    Normed Wasserstein for numbers, Jensen-Shannon for categories. Raises NotTrainableError when a column is empty on
    either side. The import costs 5 s, the comparison about 1 s.
    """
    for name, side in (("reference", reference), ("current", current)):
        empty = [column for column in (*numeric, *categorical) if side[column].notna().sum() == 0]
        if empty:
            named = ", ".join(empty)
            raise NotTrainableError(f"Drift cannot be measured: the {name} features have no value in {named}.")
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=list(numeric), categorical_columns=list(categorical))
    columns = [*numeric, *categorical]
    preset = DataDriftPreset(
        columns=columns,
        num_method=NUMERIC_METHOD,
        num_threshold=threshold,
        cat_method=CATEGORICAL_METHOD,
        cat_threshold=threshold,
    )
    snapshot = Report([preset]).run(  # current first, in this version
        Dataset.from_pandas(current.loc[:, columns], data_definition=definition),
        Dataset.from_pandas(reference.loc[:, columns], data_definition=definition),
    )
    found = {
        metric["config"]["column"]: (metric["config"]["method"], float(metric["value"]))
        for metric in snapshot.dict()["metrics"]
        if metric["config"]["type"] == "evidently:metric_v2:ValueDrift"
    }
    scores = tuple(ColumnDrift(column, *found[column], threshold) for column in columns)
    return scores, partial(snapshot.get_html_str, as_iframe=False)
