"""Signals of the predictions before their labels come: how they moved, and how good they should be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHURN, CLV, DAILY_SALES, SEGMENTS
from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

# Of each model's predictions up to the day the last, and those that they are compared with: of the month end before; of
# the forecast, of a horizon before.
_MONTHS = "select distinct as_of from predictions.{table} where as_of <= %s order by 1 desc limit 2"
_FORECASTS = """
    with latest as (select max(as_of) as as_of from predictions.daily_sales where as_of <= %s)
    select as_of from latest where as_of is not null union all
    select max(before.as_of) from predictions.daily_sales as before, latest where before.as_of <= latest.as_of - 28
"""
_RISKS = "select churn_risk from predictions.churn where as_of = %s order by customer_id"
_PURCHASES = "select expected_purchases_90d from predictions.customers where as_of = %s order by customer_id"
_SALES = "select expected from predictions.daily_sales where as_of = %s order by day"
_SEGMENTS = "select segment, count(*) from predictions.segments where as_of = %s group by 1"


def of_models(settings: Settings, day: date) -> Iterator[Signal]:
    """Of what each model said last up to the day."""
    with connect(settings.warehouse) as connection:
        risks = _sides(connection, _MONTHS.format(table="churn"), day, _RISKS)
        yield from _churn(risks)
        yield from _moved(CHURN, risks)
        yield from _moved(CLV, _sides(connection, _MONTHS.format(table="customers"), day, _PURCHASES))
        yield from _moved(DAILY_SALES, _sides(connection, _FORECASTS, day, _SALES))
        yield from _segments(connection, day)


def estimated_accuracy(risks: Vector) -> float:
    """Expected accuracy of deciding at 0.5, if the risks are calibrated: the mean of max(p, 1 - p).

    Confidence-based performance estimation: Białek et al., Estimating Model Performance Under Covariate Shift Without
    Labels (NannyML, 2024, arXiv:2401.08348).
    """
    import numpy as np

    return float(np.maximum(risks, 1 - risks).mean())


def estimated_roc_auc(risks: Vector) -> float:
    """Expected ROC AUC, if the risks are calibrated: each customer is p of a positive and 1 - p of a negative (the same
    paper). 0.5 where all are one of them."""
    import numpy as np

    ordered = np.sort(risks)
    below = np.concatenate([[0.0], np.cumsum(1 - ordered)])
    # Of equal risks the negatives count half.
    lower, upper = (np.searchsorted(ordered, ordered, side) for side in ("left", "right"))
    pairs = ordered.sum() * (1 - ordered).sum()
    return float((ordered * (below[lower] + below[upper]) / 2).sum() / pairs) if pairs else 0.5


def _churn(sides: list[Vector]) -> Iterator[Signal]:
    if not sides:
        return
    risks, before = sides[0], float(sides[1].mean()) if len(sides) > 1 else None
    yield Signal("mean_prediction", CHURN, float(risks.mean()), len(risks), before)
    yield Signal("estimated_accuracy", CHURN, estimated_accuracy(risks), len(risks))
    yield Signal("estimated_roc_auc", CHURN, estimated_roc_auc(risks), len(risks))


def _moved(model: str, sides: list[Vector]) -> Iterator[Signal]:
    if len(sides) > 1 and sides[1].std() > 0:
        from scipy.stats import wasserstein_distance

        # Normed as Evidently does it: in standard deviations of the reference.
        distance = float(wasserstein_distance(sides[0], sides[1]) / sides[1].std())
        yield Signal("prediction_shift", model, distance, len(sides[0]))


def _segments(connection: Any, day: date) -> Iterator[Signal]:
    months = connection.execute(_MONTHS.format(table="segments"), (day,)).fetchall()
    sides = [dict(connection.execute(_SEGMENTS, month).fetchall()) for month in months]
    if len(sides) > 1:
        from scipy.spatial.distance import jensenshannon

        names = sorted({*sides[0], *sides[1]})
        shares = [[counts.get(name, 0) / sum(counts.values()) for name in names] for counts in sides]
        yield Signal("prediction_shift", SEGMENTS, float(jensenshannon(shares[0], shares[1])), sum(sides[0].values()))


def _sides(connection: Any, dates: str, day: date, values: str) -> list[Vector]:
    """The predictions of the day's last date and of the one before, as far as there are any."""
    import numpy as np

    found = [one for (one,) in connection.execute(dates, (day,)).fetchall() if one is not None]
    return [np.array([value for (value,) in connection.execute(values, (one,))]) for one in found]
