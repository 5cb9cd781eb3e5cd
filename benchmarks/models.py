"""Training the clv model on as many customers of CDNOW as the real input has, scoring all of its 23,570: seconds, and
the process's memory."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

from aieco_assets.core.customers.clv import score_customers, train_clv
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.postgres import connect, copy_rows
from benchmarks.record import Result

ROOT = Path(__file__).parents[1]
MONTH_ENDS = (date(1997, 12, 31), date(1998, 3, 31), date(1998, 6, 30))
SAMPLED = 6  # 3,928 customers; UCI Online Retail has 3,613
COLUMNS = [
    "as_of", "customer_id", "frequency", "recency_days", "t_days", "monetary", "revenue", "orders", "items_bought",
    "first_purchase", "last_purchase", "country", "mean_gap_days", "distinct_items", "returned", "returns_share",
    "first_day_revenue", "first_country", "recent_frequency",
]  # fmt: skip
# As dbt makes it, without what only dbt needs.
TABLE = """
create table features.customer_rfm (
    as_of date, customer_id text, frequency integer, recency_days integer, t_days integer, monetary numeric(28, 4),
    revenue numeric(28, 4), orders integer, items_bought bigint, first_purchase date, last_purchase date, country text,
    mean_gap_days numeric(28, 4), distinct_items integer, returned numeric(28, 4), returns_share numeric(28, 4),
    first_day_revenue numeric(28, 4), first_country text, recent_frequency integer
)
"""


def customers() -> list[Result] | None:
    """Six candidates and Gamma-Gamma on two month ends, then one month scored into the warehouse, twice."""
    data = Path(os.environ.get("AIECO_TEST_DATA") or ROOT.parent / "shared" / "data") / "cdnow" / "CDNOW_master.txt"
    if not data.is_file():
        return None
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)
        with open_platform(Settings(home=Path(home), _env_file=None)) as settings:  # type: ignore[call-arg]
            learned = _write_features(settings, data, every=SAMPLED)
            began = time.perf_counter()
            trained = train_clv(settings)
            training = time.perf_counter() - began
            count = _write_features(settings, data)
            seconds = []
            for version in ("first", "again"):
                if version == "again":
                    with connect(settings.warehouse) as connection:
                        connection.execute("truncate predictions.customers, predictions.scored_months")
                began = time.perf_counter()
                score_customers(settings, MONTH_ENDS[-1])
                seconds.append(time.perf_counter() - began)
    metrics = trained.content["metrics"]
    return [
        Result("customers to learn from", learned, "customers"),
        Result("the clv stage: candidates, Gamma-Gamma, registry", training, "s", 90),
        Result("customers to score", count, "customers"),
        Result("scoring 20,000 customers with intervals", min(seconds) / count * 20_000, "s", 1),
        Result("holdout RMSE", metrics["holdout_rmse"], "days", metrics["naive_rmse"]),
        Result("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, "GiB", 2),
    ]


def _write_features(settings: Settings, data: Path, every: int = 1) -> int:
    import pandas as pd

    lines = pd.read_csv(
        data, sep=r"\s+", names=["customer", "day", "items", "value"], skiprows=1, dtype={"customer": str}
    )
    lines["day"] = pd.to_datetime(lines["day"], format="%Y%m%d")
    lines = lines[lines["customer"].astype(int) % every == 0]
    with connect(settings.warehouse) as connection:
        connection.execute(f"drop table if exists features.customer_rfm; {TABLE}".encode())
        for as_of in MONTH_ENDS:
            rows = _features(lines[lines["day"] <= pd.Timestamp(as_of)], as_of)
            copy_rows(connection, "features.customer_rfm", COLUMNS, rows)
    return len(rows)


def _features(lines, as_of: date) -> list[tuple]:
    import pandas as pd

    days = lines.groupby(["customer", "day"])[["items", "value"]].sum().reset_index()
    rows = []
    for customer, group in days.groupby("customer"):
        value, first, last = group["value"], group["day"].iloc[0].date(), group["day"].iloc[-1].date()
        repeats = len(group) - 1
        rows.append(
            (as_of, customer, repeats, (last - first).days, (as_of - first).days,
             round(float(value.iloc[1:].mean()), 4) if repeats else None, round(float(value.sum()), 4), len(group),
             int(group["items"].sum()), first, last, "United States",
             round((last - first).days / repeats, 4) if repeats else None, 1, 0, 0, round(float(value.iloc[0]), 4),
             "United States", int((group["day"].iloc[1:] > pd.Timestamp(as_of) - pd.offsets.MonthEnd(3)).sum()))
        )  # fmt: skip
    return rows
