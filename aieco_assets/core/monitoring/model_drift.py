"""Has what the models are given moved since they were trained? Each champion's last training month against now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import DAILY_SALES
from aieco_assets.core.errors import NotTrainableError
from aieco_assets.core.features.reader import complete_months, features_digest, read_rfm
from aieco_assets.core.monitoring.drift import THRESHOLD, earlier, month_ends, write_rows
from aieco_assets.core.monitoring.drift_features import COLUMNS, INPUTS, SALES, drift_features
from aieco_assets.core.monitoring.report import ColumnDrift, compare
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import pandas as pd

# A forecast is given every day so far; the latest four weeks are held against those before.
RECENT_DAYS, FEWEST, FEWEST_CHUNKS = 28, 10, 3
_SOLD = (
    "select invoice_date, sales_amount::float8 from marts.agg_daily_sales where sales_amount > 0 and invoice_date <= %s"
)


@dataclass(frozen=True)
class ModelDrift:
    """The inputs of one model on a day. `rows`: of the latest data, customers or days."""

    model: str
    reference_as_of: date
    current_as_of: date
    columns: tuple[ColumnDrift, ...]
    rows: int

    @property
    def share_drifted(self) -> float:
        return sum(column.drifted for column in self.columns) / len(self.columns)


def model_drift(settings: Settings, day: date) -> list[ModelDrift]:
    """Compares the inputs of each model and writes monitoring.drift of the day; nothing of a model that can't be.

    What an earlier day compared is not compared again.
    """
    months, found = complete_months(settings), []
    tables = cache(lambda as_of: drift_features(read_rfm(settings, as_of)))
    for model in INPUTS:
        try:
            reference_as_of, current_as_of = month_ends(settings, model, day, months)
            reference, current = tables(reference_as_of), tables(current_as_of)
            found.append(_compared(settings, day, model, (reference_as_of, current_as_of), reference, current))
        except NotTrainableError:
            continue  # one month end, or a column without a value
    if sales := _sales(settings, day):
        dates, before, recent, usual = sales
        found.append(_compared(settings, day, DAILY_SALES, dates, _frame(before), _frame(recent), usual))
    return found


def _compared(
    settings: Settings,
    day: date,
    model: str,
    dates: tuple[date, date],
    reference: pd.DataFrame,
    current: pd.DataFrame,
    threshold: float = THRESHOLD,
) -> ModelDrift:
    names = COLUMNS[model]
    reference, current = reference.loc[:, names], current.loc[:, names]
    digest = features_digest(reference, current)
    with connect(settings.warehouse) as connection:
        if known := earlier(connection, model, digest, threshold, names):
            columns = known[0]
        else:
            columns, _ = compare(reference, current, names, (), threshold)
        made = ModelDrift(model, *dates, columns, len(current))
        write_rows(connection, day, model, made, digest, len(current))
    return made


def _sales(
    settings: Settings, day: date
) -> tuple[tuple[date, date], dict[date, float], dict[date, float], float] | None:
    """(dates, sales before, sales of the latest four weeks, the usual distance of four weeks from all before), None
    where there are too few of either."""
    with connect(settings.warehouse) as connection:
        ((made,),) = connection.execute("select to_regclass('marts.agg_daily_sales') is not null").fetchall()
        rows = dict(connection.execute(_SOLD, (day,)).fetchall()) if made else {}
    if not rows:
        return None
    begins = max(rows) - timedelta(days=RECENT_DAYS)
    before, recent = ({when: rows[when] for when in rows if (when > begins) is late} for late in (False, True))
    usual = _usual(before, begins)
    return None if usual is None or len(recent) < FEWEST else ((begins, max(rows)), before, recent, usual)


def _usual(before: dict[date, float], begins: date) -> float | None:
    """What four weeks differ from all days by when nothing is new: the mean of those that there were and three standard
    deviations, as NannyML draws its thresholds, and THRESHOLD at least, which chance and seasons alone go far beyond.
    None with fewer than three such stretches."""
    import numpy as np
    from scipy.stats import wasserstein_distance

    whole = np.array([*before.values()])
    weeks: dict[int, list[float]] = {}
    for when, amount in before.items():
        weeks.setdefault((begins - when).days // RECENT_DAYS, []).append(amount)
    chunks = [chunk for chunk in weeks.values() if len(chunk) >= FEWEST]
    if len(chunks) < FEWEST_CHUNKS:
        return None
    distances = [wasserstein_distance(chunk, whole) / max(whole.std(), 0.001) for chunk in chunks]
    return max(THRESHOLD, float(np.mean(distances) + 3 * np.std(distances)))


def _frame(sales: dict[date, float]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({SALES: [sales[when] for when in sorted(sales)]})
