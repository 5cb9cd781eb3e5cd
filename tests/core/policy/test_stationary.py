"""Thirty days of a small shop whose customers only grow older, from its features to the shipped policies' decisions:
nothing is done, and what is put in is found. `make replay` does the same with the sample and real transactions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone

import numpy as np
import pytest

from aieco_assets.core.monitoring.journal import ship, spool_of
from aieco_assets.core.monitoring.records import prediction_record
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.customers.literal import simulate, write_features
from tests.replaying import acts, measured

FIRST, LAST = date(2025, 10, 10), date(2025, 11, 8)
MONTH_ENDS = (date(2025, 8, 31), date(2025, 9, 30), date(2025, 10, 31))
SHIFTED = date(2025, 10, 20)
DOCUMENTS = ("returns.md", "delivery.md", "leave.md")


@pytest.fixture
def shop(settings: Settings) -> Settings:
    """500 customers, of whom forty come each month, and sixty questions a day."""
    histories = [days + 30 * (number % 12) - 90 for number, days in enumerate(simulate(500, seed=11))]
    for as_of in MONTH_ENDS:
        write_features(settings, [days[days >= 0] for days in histories], as_of)
    ask(settings, FIRST - timedelta(days=28), LAST, verified=0.8)
    return settings


def ask(settings: Settings, first: date, last: date, verified: float) -> None:
    random, records = np.random.default_rng(5), []
    for number in range((last - first).days + 1):
        noon = datetime.combine(first + timedelta(days=number), time(12), timezone.utc)
        for place in range(60):
            silent = bool(random.random() > verified)
            call = prediction_record(
                f"{noon:%Y%m%d}-{place:03d}", {"llm": "a@1"}, 0, 0, "ann", random.uniform(0.2, 0.9)
            )
            said = {"kind": "answer", "question": "How long?", "outcome": "abstained" if silent else "verified"}
            score = {"chunk_id": "c", "page": 1, "score": random.normal(0.7, 0.1)}
            hits = {"retrieved": [{**score, "document": str(random.choice(DOCUMENTS))}]}
            at = {"asked_at": noon.isoformat(), "abstained": silent, "verified": not silent}
            records.append({**call, **said, **hits, **at})
    spool = spool_of(settings)
    spool.append(records)
    ship(settings, spool)


@pytest.mark.long  # the next begins with ten of them
def test_thirty_days_on_which_customers_only_grow_older_do_nothing(shop: Settings) -> None:
    measured(shop, FIRST, LAST)
    assert acts(shop, LAST, 30) == []


def test_orders_three_times_as_large_retrain_the_models_once(shop: Settings) -> None:
    measured(shop, FIRST, SHIFTED - timedelta(days=1))
    with connect(shop.warehouse) as connection:
        connection.execute(
            "update features.customer_rfm set monetary = 3 * monetary, revenue = 3 * revenue,"
            " items_bought = 3 * items_bought where as_of > %s",
            (MONTH_ENDS[0],),
        )
    measured(shop, SHIFTED, LAST)
    # The fifth day of seven.
    wanted = (SHIFTED + timedelta(days=4), "retrain_on_drift", ["retrain", "retrain", "notify"])
    assert acts(shop, LAST, 30) == [wanted]


def test_answers_that_fall_silent_are_noticed_on_the_third_day(shop: Settings) -> None:
    with connect(shop.warehouse) as connection:
        connection.execute("delete from service.inference_log where asked_at >= %s", (SHIFTED,))
    ask(shop, SHIFTED, LAST, verified=0.3)
    measured(shop, FIRST, SHIFTED + timedelta(days=5))
    day, policy, kinds = acts(shop, SHIFTED + timedelta(days=5), 16)[0]
    assert (day, policy) == (SHIFTED + timedelta(days=2), "answer_quality")
    assert "retrain" in kinds
