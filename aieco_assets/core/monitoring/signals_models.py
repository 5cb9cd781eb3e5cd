"""Signals of the predictions: how they moved, how good they should be, and how good they were once labels came."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHURN, CLV
from aieco_assets.core.features.labels import buyers_after
from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

LABEL_DAYS = 90  # churn and purchases are predicted over these
# A day of purchases may arrive late: labels are taken for whole only after this.
GRACE_DAYS = 7
# Predictions that are older say nothing of the model in use; labels that never come end up here.
OLDEST_DAYS = LABEL_DAYS + GRACE_DAYS + 62

_RISKS = "select churn_risk from predictions.churn where as_of = %s order by customer_id"
_MONTHS = "select distinct as_of from predictions.churn where as_of <= %s order by 1 desc limit 2"
# The last month end whose label window has passed on the day, and whose purchases are known to its end.
_JUDGED = """
    select max(as_of) from {table} where as_of between %(day)s::date - %(oldest)s and %(day)s::date - %(waits)s
        and as_of + %(label)s <= (select max(invoice_date) from marts.fct_orders)
"""
_SCORED = "select customer_id, churn_risk from predictions.churn where as_of = %s"
_BOUGHT = """
    select count(*), sum(expected_purchases_90d), (
        select count(distinct (customer_id, invoice_date)) from features.purchases
            join predictions.customers as scored using (customer_id)
        where scored.as_of = %(as_of)s and invoice_date > %(as_of)s and invoice_date <= %(as_of)s::date + %(label)s
            and %(as_of)s::date + %(label)s between known_from and known_until
    ) from predictions.customers where as_of = %(as_of)s
"""


def of_models(settings: Settings, day: date) -> Iterator[Signal]:
    """Of churn and clv as of the last month end up to the day, and of the last one whose labels have come."""
    with connect(settings.warehouse) as connection:
        months = [as_of for (as_of,) in connection.execute(_MONTHS, (day,))]
        yield from _unlabelled(connection, months)
        known = "select to_regclass('features.purchases') is not null and to_regclass('marts.fct_orders') is not null"
        ((made,),) = connection.execute(known).fetchall()
        if made:
            yield from _labelled(settings, connection, day)


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


def _unlabelled(connection: Any, months: list[date]) -> Iterator[Signal]:
    import numpy as np

    sides = [np.array([risk for (risk,) in connection.execute(_RISKS, (as_of,))]) for as_of in months]
    if not sides:
        return
    risks, before = sides[0], sides[1] if len(sides) > 1 else None
    size = len(risks)
    yield Signal("mean_prediction", CHURN, float(risks.mean()), size, None if before is None else float(before.mean()))
    yield Signal("estimated_accuracy", CHURN, estimated_accuracy(risks), size)
    yield Signal("estimated_roc_auc", CHURN, estimated_roc_auc(risks), size)
    if before is not None and before.std() > 0:
        from scipy.stats import wasserstein_distance

        # Normed as Evidently does it: in standard deviations of the reference.
        yield Signal("prediction_shift", CHURN, float(wasserstein_distance(risks, before) / before.std()), size)


def _labelled(settings: Settings, connection: Any, day: date) -> Iterator[Signal]:
    import numpy as np

    from aieco_assets.core.customers.churn.judging import brier, calibration

    values = {"day": day, "oldest": OLDEST_DAYS, "waits": LABEL_DAYS + GRACE_DAYS, "label": LABEL_DAYS}
    found = {
        name: connection.execute(_JUDGED.format(table=f"predictions.{name}").encode(), values).fetchone()[0]
        for name in ("churn", "customers")
    }
    if as_of := found["churn"]:
        rows, stayed = connection.execute(_SCORED, (as_of,)).fetchall(), buyers_after(settings, as_of, LABEL_DAYS)
        churned = np.array([customer not in stayed for customer, _ in rows])
        risks = np.array([risk for _, risk in rows])
        table = calibration(churned, risks)
        error = sum(size * abs(said - seen) for size, said, seen in table) / len(rows)
        rate = float(churned.mean())
        yield Signal("target_rate", CHURN, rate, len(rows), float(risks.mean()))
        yield Signal("brier_score", CHURN, brier(churned, risks), len(rows), rate * (1 - rate))
        yield Signal("calibration_error", CHURN, float(error), len(rows))
    if as_of := found["customers"]:
        customers, expected, came = connection.execute(_BOUGHT, {**values, "as_of": as_of}).fetchone()
        if expected:
            yield Signal("calibration_ratio", CLV, came / expected, customers, 1.0)
