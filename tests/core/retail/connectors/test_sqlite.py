"""Another database through SQLAlchemy: SQLite, whose columns hold any type, and which has no marks of its own."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail import pending_days
from aieco_assets.core.settings import Settings
from tests.core.retail.connectors.conftest import land
from tests.core.retail.connectors.test_sql import frame


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute(
            "create table sales (InvoiceNo, StockCode text, Description text, Quantity integer, InvoiceDate datetime,"
            " UnitPrice numeric, CustomerID real, Country text, version integer)"
        )
        connection.executemany(
            "insert into sales values (?, 'A', 'B', 1, ?, 2.55, 17850.0, 'France', ?)",
            [(536365, "2010-12-01 00:00:00", 1), ("C1", "2010-12-01 23:59:59.000000", 2), ("D", "2010-12-02 noon", 3)],
        )
    return path


def test_a_table_of_sqlite_lands_by_day_and_only_changed_days_are_fetched(
    settings: Settings, file: Path, fetched: list[str]
):
    source = settings.model_copy(update={"transactions": f"sqlite:///{file}?table=sales&cursor=version"})
    result = land(source)
    assert (result.read, result.loaded, result.rejected, result.quarantined_files) == (3, 2, 1, {})
    assert frame(source, "2010-12-02", "transactions_rejected").height == 1
    rows = frame(source, "2010-12-01")
    assert rows["invoice_no"].to_list() == ["536365", "C1"]
    assert [str(price) for price in rows["unit_price"]] == ["2.550000", "2.550000"]
    fetched.clear()
    with sqlite3.connect(file) as connection:
        connection.execute("update sales set InvoiceDate = '2010-12-02 00:00:00', version = 4 where version = 3")
    assert land(source).days == (date(2010, 12, 2),)
    assert set(fetched) == {"2010-12-02.jsonl"}
    fetched.clear()
    assert (land(source).days, fetched) == ((), [])


def test_a_database_that_is_not_there_is_not_made(settings: Settings, tmp_path: Path):
    with pytest.raises(AiecoError, match="set AIECO_TRANSACTIONS to a database file that exists"):
        pending_days(settings.model_copy(update={"transactions": f"sqlite:///{tmp_path}/no.db?table=sales"}))
    assert not (tmp_path / "no.db").exists()


def test_a_database_whose_driver_is_not_installed_names_the_package(settings: Settings):
    with pytest.raises(AiecoError, match="mysql\\+cymysql needs the Python package cymysql"):
        pending_days(settings.model_copy(update={"transactions": "mysql+cymysql://u:hunter2@h/db?table=sales"}))
