"""Evidently 0.7, called in one place: two tables in, scores and one self-contained page out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import NotTrainableError

if TYPE_CHECKING:
    import pandas as pd

NUMERIC_METHOD, CATEGORICAL_METHOD = "wasserstein", "jensenshannon"


@dataclass(frozen=True)
class Score:
    """Distance between reference and current of one column."""

    column: str
    method: str
    score: float


def compare(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    numeric: Sequence[str],
    categorical: Sequence[str],
    threshold: float,
) -> tuple[list[Score], str]:
    """Scores in the order of the columns given, and the html of the report.

    Normed Wasserstein for numbers, Jensen-Shannon for categories. Raises NotTrainableError when a column is empty on
    either side. The import costs 5 s, the comparison about 1 s.
    """
    snapshot, columns = _run(reference, current, numeric, categorical, threshold)
    return _scores(snapshot.dict(), columns), snapshot.get_html_str(as_iframe=False)


def scores(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    numeric: Sequence[str],
    categorical: Sequence[str],
    threshold: float,
) -> list[Score]:
    """The same without the page, which takes longer to write than the scores do."""
    snapshot, columns = _run(reference, current, numeric, categorical, threshold)
    return _scores(snapshot.dict(), columns)


def _run(
    reference: pd.DataFrame,
    current: pd.DataFrame,
    numeric: Sequence[str],
    categorical: Sequence[str],
    threshold: float,
) -> tuple[Any, list[str]]:
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
    return snapshot, columns


def _scores(report: dict[str, Any], columns: Sequence[str]) -> list[Score]:
    found = {
        metric["config"]["column"]: Score(
            metric["config"]["column"], metric["config"]["method"], float(metric["value"])
        )
        for metric in report["metrics"]
        if metric["config"]["type"] == "evidently:metric_v2:ValueDrift"
    }
    return [found[column] for column in columns]
