"""Transactions from the source to the features as Dagster runs them, dbt included, on real storage."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from types import ModuleType

import dagster as dg
import pytest

from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.stack.dbt import prepare_manifest
from aieco_assets.core.storage.postgres import connect
from aieco_assets.defs.lake.store import lake_bucket
from aieco_assets.defs.warehouse import windows

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
DAYS = ["lake/transactions", "raw/transactions", "staging/stg_retail__transactions", "marts/fct_sales_lines"]
DAYS += ["marts/agg_daily_sales", "marts/fct_orders", "marts/fct_returns", "marts/dim_items", "marts/dim_customers"]
DAYS += ["marts/fct_linked_cancellations"]
ANEW = ["marts/dim_date", "marts/agg_cohort_retention"]
MONTHS = ["features/customer_rfm", "marts/agg_item_pairs"]

pytestmark = pytest.mark.usefixtures("warm_dbt")


def keys(start: str, end: str) -> dg.PartitionKeyRange:
    return dg.PartitionKeyRange(start, end)


def test_a_range_of_days_becomes_the_window_of_dbt():
    assert windows.day_range(keys("2010-12-01", "2010-12-31")) == (date(2010, 12, 1), date(2010, 12, 31))
    window = windows.day_window(keys("2010-12-01", "2010-12-31"))
    assert window == {
        "AIECO_START_DAY": "2010-12-01",
        "AIECO_END_DAY": "2010-12-31",
        "AIECO_AS_OF_START": "",
        "AIECO_AS_OF_END": "",
    }


def test_a_range_of_months_becomes_their_last_days():
    window = windows.as_of_window(keys("2011-12", "2012-02"))
    assert (window["AIECO_AS_OF_START"], window["AIECO_AS_OF_END"]) == ("2011-12-31", "2012-02-29")
    assert window["AIECO_START_DAY"] == ""


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """defs/warehouse/assets.py, loaded as a code location loads it, with a home that is not the developer's."""
    before = os.environ.get("AIECO_HOME")
    os.environ["AIECO_HOME"] = str(tmp_path_factory.mktemp("home"))
    get_settings.cache_clear()
    from aieco_assets.defs.warehouse import assets

    if before is None:
        del os.environ["AIECO_HOME"]
    else:
        os.environ["AIECO_HOME"] = before
    get_settings.cache_clear()
    return assets


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Settings:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "december.csv").write_text(
        f"{HEADER}\n"
        "1,85123A,HEART,6,2010-12-01 08:26:00,2.55,7,United Kingdom\n"
        "2,85123A,HEART,1,2010-12-03 08:26:00,2.55,7,United Kingdom\n"
        "3,22139,TIN,2,2010-12-03 09:00:00,1.25,8,France\n"
        "broken\n"
    )
    prepare_manifest(settings)  # one parse for this database instead of one in each step
    return settings.model_copy(update={"transactions": str(folder)})


def materialize(
    settings: Settings, instance: dg.DagsterInstance, keys: list[str], start: str = "", end: str = ""
) -> dg.ExecuteInProcessResult:
    from aieco_assets.defs.features import assets as features
    from aieco_assets.defs.lake import transactions, transactions_checks
    from aieco_assets.defs.warehouse import assets, dbt_run, raw

    modules = [transactions, transactions_checks, raw, assets, features]
    definitions = dg.Definitions(
        assets=dg.load_assets_from_modules(modules),
        asset_checks=dg.load_asset_checks_from_modules(modules),
        jobs=[dg.define_asset_job("selected", selection=keys)],
        resources={"settings": settings, "s3": lake_bucket, "dbt": dbt_run.warehouse_dbt()},
    )
    tags = {"dagster/asset_partition_range_start": start, "dagster/asset_partition_range_end": end} if start else {}
    job = definitions.resolve_job_def("selected")
    return job.execute_in_process(instance=instance, tags=tags, raise_on_error=False)


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}


def column_lineage(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], set[tuple[str, str]]]:
    """Asset and column -> the assets and columns that it is made from, as the UI gets it."""
    return {
        (event.asset_key.to_user_string(), column): {(dep.asset_key.to_user_string(), dep.column_name) for dep in deps}
        for event in result.get_asset_materialization_events()
        if event.asset_key and (entry := event.materialization.metadata.get("dagster/column_lineage"))
        for column, deps in entry.value.deps_by_column.items()
    }


def test_lines_become_features_and_every_check_passes(shop: Settings, warehouse: ModuleType):
    with dg.instance_for_test() as instance:
        days = materialize(shop, instance, DAYS, "2010-12-01", "2010-12-03")
        anew = materialize(shop, instance, ANEW)
        features = materialize(shop, instance, MONTHS, "2010-12", "2010-12")
    assert (made(days), made(anew), made(features)) == ({*DAYS}, {*ANEW}, {*MONTHS})
    checks = [*days.get_asset_check_evaluations(), *anew.get_asset_check_evaluations()]
    assert {
        "read_is_loaded_plus_rejected",
        "rejects_are_shown",
        "rows_equal_lake",
        "unique_fct_sales_lines_line_id",
        "assert_money_adds_up",
    } < {check.check_name for check in checks}
    assert all(check.passed for check in checks)
    assert column_lineage(days)["marts/fct_sales_lines", "customer_id"] == {
        ("staging/stg_retail__transactions", "customer_id")
    }
    assert column_lineage(days)["staging/stg_retail__transactions", "amount"] == {("raw/transactions", "amount")}
    assert column_lineage(features)["features/customer_rfm", "revenue"] >= {("marts/fct_sales_lines", "amount")}
    (landed,) = {
        tuple(event.materialization.metadata[name].value for name in ("read", "loaded", "rejected"))
        for event in days.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["lake", "transactions"])
    }
    assert landed == (4, 3, 1)
    with connect(shop.warehouse) as connection:
        rfm = connection.execute(
            "select customer_id, frequency, recency_days, t_days, monetary::text, country from features.customer_rfm"
            " order by 1"
        ).fetchall()
    assert rfm == [("7", 1, 2, 30, "2.5500", "United Kingdom"), ("8", 0, 0, 28, None, "France")]


def test_a_failed_dbt_test_stops_what_is_downstream(shop: Settings, warehouse: ModuleType):
    with dg.instance_for_test() as instance:
        assert materialize(shop, instance, DAYS[:2], "2010-12-01", "2010-12-03").success
        with connect(shop.warehouse) as connection:
            connection.execute("insert into raw.transactions select * from raw.transactions where quantity = 6")
        result = materialize(shop, instance, [*DAYS[2:], "marts/dim_date"], "2010-12-01", "2010-12-03")
    assert not result.success
    assert made(result) == {"staging/stg_retail__transactions", "marts/fct_sales_lines"}
    failed = {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}
    assert failed == {"unique_fct_sales_lines_line_id"}


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """What `aieco run` would say of each step that failed."""
    from aieco_assets.orchestrate.progress import one_sentence

    return [one_sentence(event.step_failure_data.error) for event in result.all_events if event.is_step_failure]


def test_a_row_that_another_session_has_locked_is_named_and_the_next_run_finishes(
    shop: Settings, warehouse: ModuleType, monkeypatch: pytest.MonkeyPatch
):
    from aieco_assets.defs.warehouse import dbt_run

    monkeypatch.setattr(dbt_run, "ATTEMPTS", 1)
    with dg.instance_for_test() as instance:
        assert materialize(shop, instance, DAYS, "2010-12-01", "2010-12-03").success
        with connect(shop.warehouse) as analyst:
            pid = analyst.info.backend_pid
            analyst.execute("update marts.fct_orders set country = 'Spain'")
            stopped = materialize(shop, instance, DAYS, "2010-12-01", "2010-12-03")
            analyst.rollback()
        again = materialize(shop, instance, DAYS, "2010-12-01", "2010-12-03")
    assert (stopped.success, again.success) == (False, True)
    (said,) = failures(stopped)
    assert said.startswith(f"marts.fct_orders is locked by aieco with aieco (process {pid}, from 127.0.0.1, transact")


def test_a_failed_dbt_step_says_dbts_own_reason(shop: Settings, warehouse: ModuleType):
    with dg.instance_for_test() as instance:
        assert materialize(shop, instance, DAYS, "2010-12-01", "2010-12-03").success
        with connect(shop.warehouse) as connection:
            connection.execute("truncate marts.fct_orders")
            connection.execute("create unique index one_a_country on marts.fct_orders (country)")
        result = materialize(shop, instance, DAYS, "2010-12-01", "2010-12-03")
    (said,) = failures(result)
    assert said.startswith("dbt could not finish model fct_orders: duplicate key value violates unique constraint")
    assert "Mend models/marts/fct_orders.sql" in said
    assert "The dbt CLI process" not in said
