"""Signals of the predictions once their labels came: what customers did, and what was sold, after they were made."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHURN, CLV, DAILY_SALES
from aieco_assets.core.features.labels import buyers_after
from aieco_assets.core.monitoring.effect_sizes import cohens_d, cohens_h
from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

LABEL_DAYS = 90  # churn and purchases are predicted over these
FORECAST_DAYS = 28
# A day of purchases may arrive late: labels are taken for whole only after this.
GRACE_DAYS = 7
# Predictions that are older say nothing of the model in use; labels that never come end up here.
OLDEST_DAYS = LABEL_DAYS + GRACE_DAYS + 62
FEWEST = 10  # days sold on, to hold a forecast against

# The last predictions whose labels are known to their end on the day, and those before.
_JUDGED = """
    select distinct as_of from {table} where as_of between %(day)s::date - %(oldest)s and %(day)s::date - %(waits)s
        and as_of + %(label)s <= (select max(invoice_date) from {sold}) order by 1 desc limit 2
"""
_RISKS = "select customer_id, churn_risk from predictions.churn where as_of = %s"
_PURCHASES = """
    select expected_purchases_90d, purchases_90d_low, purchases_90d_high, count(distinct invoice_date)
    from predictions.customers as scored left join features.purchases as bought
        on bought.customer_id = scored.customer_id and invoice_date > %(as_of)s
        and invoice_date <= %(as_of)s::date + %(label)s
        and %(as_of)s::date + %(label)s between known_from and known_until
    where as_of = %(as_of)s group by scored.customer_id, 1, 2, 3
"""
# Days without sales are days on which the shop was shut, as in the backtest.
_SOLD = """
    select expected, low, high, sales_amount::float8 from predictions.daily_sales
        join marts.agg_daily_sales on invoice_date = day where as_of = %s and sales_amount > 0
"""
_SOLD_BEFORE = """
    select sales_amount::float8 from marts.agg_daily_sales
    where invoice_date > %(as_of)s::date - %(label)s and invoice_date <= %(as_of)s and sales_amount > 0
"""
_PROMISED = """
    select (metrics ->> 'mae')::float8 from predictions.scored_months where name = 'daily_sales' and as_of = %s
"""


def of_labels(settings: Settings, day: date) -> Iterator[Signal]:
    """Of the last predictions whose labels have come by the day; nothing of those that wait for theirs."""
    with connect(settings.warehouse) as connection:
        if _made(connection, "features.purchases", "marts.fct_orders"):
            yield from _churn(settings, _judged(connection, day, "churn", LABEL_DAYS, "marts.fct_orders"), connection)
            yield from _clv(connection, _judged(connection, day, "customers", LABEL_DAYS, "marts.fct_orders"))
        if _made(connection, "marts.agg_daily_sales"):
            days = _judged(connection, day, "daily_sales", FORECAST_DAYS, "marts.agg_daily_sales")
            yield from _forecast(connection, days[:1])


def _churn(settings: Settings, months: list[date], connection: Any) -> Iterator[Signal]:
    import numpy as np

    from aieco_assets.core.customers.churn.judging import brier, calibration

    rates: list[float] = []
    for as_of in months:
        rows, stayed = connection.execute(_RISKS, (as_of,)).fetchall(), buyers_after(settings, as_of, LABEL_DAYS)
        churned = np.array([customer not in stayed for customer, _ in rows])
        risks = np.array([risk for _, risk in rows])
        rates.append(float(churned.mean()))
        if as_of == months[0]:
            table = calibration(churned, risks)
            error = sum(size * abs(said - seen) for size, said, seen in table) / len(rows)
            yield Signal("target_rate", CHURN, rates[0], len(rows), float(risks.mean()))
            yield Signal("brier_score", CHURN, brier(churned, risks), len(rows), rates[0] * (1 - rates[0]))
            yield Signal("calibration_error", CHURN, float(error), len(rows))
        else:
            yield Signal("target_shift", CHURN, cohens_h(rates[0], rates[1]), len(rows), rates[1])


def _clv(connection: Any, months: list[date]) -> Iterator[Signal]:
    import numpy as np

    found = [_numbers(connection, _PURCHASES, {"as_of": as_of, "label": LABEL_DAYS}) for as_of in months]
    if not found:
        return
    expected, low, high, came = found[0].T
    if expected.sum() > 0:
        yield Signal("calibration_ratio", CLV, came.sum() / expected.sum(), len(came), 1.0)
    if not np.isnan(low).any():
        yield Signal("interval_coverage", CLV, float(((low <= came) & (came <= high)).mean()), len(came), 0.9)
    yield from _shift(CLV, came, found[1][:, 3] if len(found) > 1 else None)


def _forecast(connection: Any, days: list[date]) -> Iterator[Signal]:
    import numpy as np

    for as_of in days:
        found = _numbers(connection, _SOLD, (as_of,))
        if len(found) < FEWEST:
            return
        expected, low, high, came = found.T
        promised = connection.execute(_PROMISED, (as_of,)).fetchone()
        error = float(np.abs(expected - came).sum() / came.sum())
        wanted = promised[0] * len(came) / came.sum() if promised and promised[0] is not None else None
        yield Signal("forecast_wape", DAILY_SALES, error, len(came), wanted)
        yield Signal("calibration_ratio", DAILY_SALES, came.sum() / expected.sum(), len(came), 1.0)
        yield Signal("interval_coverage", DAILY_SALES, float(((low <= came) & (came <= high)).mean()), len(came), 0.8)
        before = _numbers(connection, _SOLD_BEFORE, {"as_of": as_of, "label": FORECAST_DAYS})
        yield from _shift(DAILY_SALES, came, before[:, 0] if len(before) >= FEWEST else None)


def _shift(model: str, labels: Vector, before: Vector | None) -> Iterator[Signal]:
    if before is not None and min(len(labels), len(before)) > 1:
        reference = (float(before.mean()), float(before.var(ddof=1)), len(before))
        size = cohens_d(float(labels.mean()), float(labels.var(ddof=1)), len(labels), reference)
        yield Signal("target_shift", model, size, len(labels), reference[0])


def _judged(connection: Any, day: date, table: str, label: int, sold: str) -> list[date]:
    values = {"day": day, "oldest": OLDEST_DAYS, "waits": label + GRACE_DAYS, "label": label}
    query = _JUDGED.format(table=f"predictions.{table}", sold=sold)
    return [as_of for (as_of,) in connection.execute(query.encode(), values)]


def _numbers(connection: Any, query: str, values: Any) -> Vector:
    """The rows as floats; NaN for null."""
    import numpy as np

    rows = connection.execute(query, values).fetchall()
    return np.array(rows, dtype=float).reshape(len(rows), -1)


def _made(connection: Any, *tables: str) -> bool:
    return all(connection.execute("select to_regclass(%s) is not null", (one,)).fetchone()[0] for one in tables)
