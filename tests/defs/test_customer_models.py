"""Churn, segments, next-best items and the sales forecast as Dagster runs them, beside the clv model's assets."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from aieco_assets.core.contracts import CHURN
from aieco_assets.core.predictions.coverage import coverage
from aieco_assets.core.registry.versions import versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, copy_rows
from aieco_assets.defs.models.churn import churn, churn_champion_can_be_read, churn_is_no_worse_than_recency
from aieco_assets.defs.models.segments import segments
from aieco_assets.defs.predictions.churn import churn_covers_every_customer, churn_risks
from aieco_assets.defs.predictions.daily_sales import daily_sales, forecast_is_no_worse_than_last_week
from aieco_assets.defs.predictions.next_items import next_items, next_items_cover_every_customer
from aieco_assets.defs.predictions.segments import customer_segments, segments_cover_every_customer
from tests.core.customers.literal import MONTH_ENDS
from tests.core.customers.orders import write_shop
from tests.core.recommendations.shop import write_sales
from tests.defs import test_models

run, metadata = test_models.run, test_models.metadata


def write_other_marts(settings: Settings) -> None:
    """Sales lines, pairs and daily sales, so small that every customer is offered the same."""
    random = np.random.default_rng(4)
    days = [MONTH_ENDS[-1] - timedelta(days=number) for number in range(120)]
    amounts = [(day, (100 + day.weekday() * 10) * float(random.uniform(0.8, 1.2))) for day in days]
    sold = [(str(12000 + number), f"item {number % 4}", MONTH_ENDS[0], "sale") for number in range(400)]
    write_sales(settings, sold, [(MONTH_ENDS[0], "item 0", "item 1", 5, 9, 9, 3.0)])
    with connect(settings.warehouse) as connection:
        connection.execute("create table marts.agg_daily_sales (invoice_date date, sales_amount numeric)")
        copy_rows(connection, "marts.agg_daily_sales", ["invoice_date", "sales_amount"], amounts)


def test_customer_models_are_trained_checked_and_written_side_by_side(settings: Settings, run) -> None:
    write_shop(settings, customers=400)
    write_other_marts(settings)
    models = (churn, churn_champion_can_be_read, churn_is_no_worse_than_recency, segments)
    trained = run([*models, daily_sales, forecast_is_no_worse_than_last_week])
    assert metadata(trained, churn)["champion"] and metadata(trained, segments)["champion"]
    assert metadata(trained, churn)["importance"].startswith("![")
    assert metadata(trained, daily_sales)["dagster/row_count"] == 28
    of_customers = (churn_risks, churn_covers_every_customer, customer_segments, segments_cover_every_customer)
    scored = run([*of_customers, next_items, next_items_cover_every_customer], partition_key="2025-09")
    evaluations = [*trained.get_asset_check_evaluations(), *scored.get_asset_check_evaluations()]
    assert len(evaluations) == 6
    assert [check.check_name for check in evaluations if not check.passed] == []
    rows = {metadata(scored, one)["dagster/row_count"] for one in (churn_risks, customer_segments)}
    assert rows == {400}

    with connect(settings.warehouse) as connection:
        connection.execute("delete from predictions.churn where customer_id = '12007'")
        connection.execute("update predictions.segments set segment = 'Friends' where customer_id = '12007'")
        connection.execute("update predictions.next_items set rank = 9 where customer_id = '12007' and rank = 1")
    for table in (coverage(settings, name) for name in ("churn", "segments", "next_items")):
        (month,) = table
        assert not month.complete
        assert month.missing + month.absurd == 1


def test_too_few_customers_are_said_and_nobody_gets_a_guess(settings: Settings, run) -> None:
    write_shop(settings, customers=40)
    trained = run([churn, churn_champion_can_be_read, churn_is_no_worse_than_recency])
    assert "can't be trained" in metadata(trained, churn)["waits"]
    assert versions(settings, CHURN) == []
    scored = run([churn, churn_risks, churn_covers_every_customer], partition_key="2025-09")
    assert (
        "Nobody is scored without a champion of model churn. The churn model can't be trained"
        in metadata(scored, churn_risks)["waits"]
    )
    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into predictions.customers (as_of, customer_id, p_alive, expected_purchases_30d,"
            " expected_purchases_90d, expected_purchases_365d, model_name, model_version, scored_at)"
            " values ('2025-09-30', '12007', 0.5, 1, 2, 3, 'clv', 1, now())"
        )
        profile = connection.execute(
            "select p_alive, churn_risk, churn_reasons, segment, next_items from predictions.customer_profiles"
        ).fetchall()
    assert profile == [(0.5, None, None, None, None)]
