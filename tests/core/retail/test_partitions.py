"""raw.transactions has a partition for each month that holds lines, made and dropped with the loads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from aieco_assets.core.retail import land_days, load_days, loading
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema

RANGE = date(2010, 12, 1), date(2011, 12, 31)
DECEMBER = "1,85123A,HEART,6,2010-12-31 23:59:00,2.55,7,United Kingdom"
JANUARY = "2,85123A,HEART,6,2011-01-01 00:00:00,2.55,7,United Kingdom"


def partitions(settings: Settings) -> dict[str, int]:
    """Rows by partition."""
    with connect(settings.warehouse) as connection:
        names = connection.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'raw.transactions'::regclass order by 1"
        ).fetchall()
        return {name: connection.execute(f"select count(*) from {name}".encode()).fetchall()[0][0] for (name,) in names}


def load(settings: Settings) -> None:
    land_days(settings, *RANGE)
    load_days(settings, *RANGE)


def test_a_month_gets_its_partition_with_its_first_day_and_loses_it_with_its_last(
    source: Settings, drop: Callable[..., Path]
) -> None:
    assert partitions(source) == {}
    drop("1.csv", DECEMBER)
    later = drop("2.csv", JANUARY)
    load(source)
    assert partitions(source) == {"raw.transactions_2010_12": 1, "raw.transactions_2011_01": 1}
    later.unlink()
    load(source)
    assert partitions(source) == {"raw.transactions_2010_12": 1}


def test_a_load_of_some_days_keeps_the_other_days_of_their_months(source: Settings, drop: Callable[..., Path]) -> None:
    drop("1.csv", DECEMBER, DECEMBER.replace("12-31 23:59", "12-30 10:00"))
    load(source)
    drop("1.csv", DECEMBER)
    load(source)
    assert partitions(source) == {"raw.transactions_2010_12": 1}


def test_a_killed_load_leaves_no_partition(
    source: Settings, drop: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    drop("1.csv", DECEMBER)

    def die(*_: object) -> None:
        raise RuntimeError("killed after COPY")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(loading, "loads_table", die)
        load(source)
    assert partitions(source) == {}
    load(source)
    assert partitions(source) == {"raw.transactions_2010_12": 1}


def test_whoever_reads_goes_on_while_a_month_is_added(source: Settings, drop: Callable[..., Path]) -> None:
    drop("1.csv", DECEMBER)
    load(source)
    drop("2.csv", JANUARY)
    with connect(source.warehouse) as reading:
        assert reading.execute("select count(*) from raw.transactions").fetchall() == [(1,)]
        load(source)
        assert reading.execute("select count(*) from raw.transactions").fetchall() == [(2,)]


def test_a_home_from_before_fractions_is_landed_and_loaded_again(source: Settings, drop: Callable[..., Path]) -> None:
    drop("1.csv", DECEMBER, JANUARY)
    load(source)
    with connect(source.warehouse) as connection:
        connection.execute("alter table raw.transactions alter quantity type integer using quantity::integer")
        connection.execute("create schema if not exists marts")
        connection.execute("create view marts.of_dbt as select * from raw.transactions")
        connection.execute("update ops.schema_applied set sha256 = 'of an older release'")
        # The rules of that release made other names of the same days.
        connection.execute("update lake.transaction_days set inputs_sha256 = 'of other rules'")
        connection.execute("update lake.transaction_files set rules = '2:2009-01-01'")
    ensure_schema(source.warehouse)
    assert partitions(source) == {}
    load(source)
    assert partitions(source) == {"raw.transactions_2010_12": 1, "raw.transactions_2011_01": 1}
    with connect(source.warehouse) as connection:
        assert connection.execute("select sum(quantity)::text from raw.transactions").fetchall() == [("12.0000",)]
        assert connection.execute("select to_regclass('marts.of_dbt')").fetchall() == [(None,)]
