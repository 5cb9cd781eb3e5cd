"""The event log of a real Dagster on Postgres: what was made stays known, what old runs said goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import dagster as dg
import pytest

from aieco_assets.core.maintenance.event_log import trim_event_log
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect, ensure_databases

MONTH = timedelta(days=30)


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    name = urlsplit(settings.database("dagster")).path.lstrip("/")
    ensure_databases(settings.warehouse, [name])
    url = settings.database("dagster").replace("postgresql://", "postgresql+psycopg2://", 1)
    with dg.instance_for_test(overrides={"storage": {"postgres": {"postgres_url": url}}}) as instance:
        yield instance
    with connect(settings.warehouse, autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)'.encode())


@dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
def table() -> None: ...


@dg.asset_check(asset=table)
def is_whole() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=True)


@dg.op
def nothing() -> None: ...


@dg.job
def job_without_assets() -> None:
    nothing()


def counts(settings: Settings) -> dict[str, int]:
    with connect(settings.database("dagster")) as connection:
        names = ("runs", "run_tags", "event_logs", "asset_event_tags", "asset_check_executions")
        return {name: connection.execute(f"select count(*) from {name}").fetchone()[0] for name in names}


def materialize(instance: dg.DagsterInstance, partition: str) -> None:
    assert dg.materialize([table, is_whole], partition_key=partition, instance=instance).success


def test_what_old_runs_said_goes_and_what_they_made_stays_known(settings: Settings, instance: dg.DagsterInstance):
    for partition in ("a", "b", "a", "a"):
        materialize(instance, partition)
    assert job_without_assets.execute_in_process(instance=instance).success
    before = counts(settings)
    latest = instance.get_latest_materialization_event(table.key)
    assert [freed.items for freed in trim_event_log(settings, MONTH, dry_run=False)] == [0, 0]
    with connect(settings.database("dagster")) as connection:
        connection.execute("update runs set end_time = end_time - 86400 * 40")
    dry = trim_event_log(settings, MONTH, dry_run=True)
    assert counts(settings) == before
    assert trim_event_log(settings, MONTH, dry_run=False) == dry
    after = counts(settings)
    assert after["runs"] == 2  # of the last `a` and of `b`
    assert after["event_logs"] < before["event_logs"] / 3
    assert instance.get_materialized_partitions(table.key) == {"a", "b"}
    assert instance.get_latest_materialization_event(table.key) == latest
    (check,) = instance.event_log_storage.get_latest_asset_check_execution_by_key([is_whole.check_key]).values()
    assert check.event.dagster_event.event_specific_data.passed
    assert [freed.items for freed in trim_event_log(settings, MONTH, dry_run=False)] == [0, 0]


def test_it_can_go_on_after_it_as_before(settings: Settings, instance: dg.DagsterInstance):
    materialize(instance, "a")
    with connect(settings.database("dagster")) as connection:
        connection.execute("update runs set end_time = end_time - 86400 * 40")
    trim_event_log(settings, MONTH, dry_run=False)
    materialize(instance, "b")
    assert instance.get_materialized_partitions(table.key) == {"a", "b"}


def test_before_dagster_has_its_tables_there_is_nothing_to_trim(settings: Settings):
    name = urlsplit(settings.database("dagster")).path.lstrip("/")
    ensure_databases(settings.warehouse, [name])
    assert trim_event_log(settings, MONTH, dry_run=False) == []
