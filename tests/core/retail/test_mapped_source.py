"""A source that a shop.yaml describes: what it says is done; what it can't mean is one sentence, and nothing lands."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail import land_days, load_days, pending_days
from aieco_assets.core.retail.checks import lost_rows, set_aside
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.retail.parsing import PLAIN
from tests.core.retail.test_landing import HEADER, A, B, lake

RANGE = date(2010, 12, 1), date(2011, 12, 31)
DAYS = (date(2010, 12, 1), date(2010, 12, 2))
LINES = "order,time,item,quantity,price\n1,2010-12-01,A,2,3\n2,2010-12-02,B,1,4\n"
Write = Callable[..., Path]


@pytest.fixture
def write(source: Settings) -> Write:
    """Write a file of the source: text as it is, entries as a mapping."""

    def put(name: str, content: str | None = None, **entries: Any) -> Path:
        path = Path(source.transactions) / name
        path.write_text(content or yaml.safe_dump({"columns": PLAIN, **entries}), encoding="utf-8")
        return path

    return put


def refused(settings: Settings) -> str:
    """What landing says, which neither lands nor changes anything."""
    before = lake(settings) if Path(settings.lake).exists() else {}
    with pytest.raises(AiecoError) as caught:
        land_days(settings, *RANGE)
    assert (lake(settings) if Path(settings.lake).exists() else {}) == before
    return str(caught.value)


def shop_row(settings: Settings) -> tuple[Any, ...]:
    with connect(settings.warehouse) as connection:
        (row,) = connection.execute("select layout, currency, columns from raw.shop").fetchall()
    return row


def test_files_are_landed_by_the_mapping_beside_them(source: Settings, write: Write):
    write("shop.yaml", currency="EUR", files=["sales*.csv"])
    write("sales.csv", LINES)
    write("stock.csv", "item,left\nA,5\n")
    result = land_days(source, *RANGE)
    assert (result.read, result.loaded, result.days, result.quarantined_files) == (2, 2, DAYS, {})
    assert lost_rows(source) == []
    layout, currency, columns = shop_row(source)
    assert (layout.endswith("shop.yaml"), currency) == (True, "EUR")
    assert (columns["unit_price"], columns["order"], columns["customer"]) == ("price", "order", None)
    assert not pending_days(source)


def test_a_mapping_elsewhere_and_a_table_that_is_joined(source: Settings, write: Write, tmp_path: Path):
    write("sales.csv", LINES)
    write("products.csv", "id,group\nA,Fruit\n")
    path = tmp_path / "mine.yaml"
    table = {"file": "products.csv", "join": {"item": "id"}, "columns": {"category": "group"}}
    path.write_text(yaml.safe_dump({"columns": PLAIN, "tables": [table]}))
    mapped = source.model_copy(update={"shop": str(path)})
    assert land_days(mapped, *RANGE).quarantined_files == {}
    load_days(mapped, *RANGE)
    with connect(source.warehouse) as connection:
        rows = connection.execute("select stock_code, category from raw.transactions order by 1").fetchall()
    assert rows == [("A", "Fruit"), ("B", None)]
    # The table says another thing of one item: the day with that item is landed again.
    write("products.csv", "id,group\nA,Nuts\n")
    assert pending_days(mapped).days == DAYS[:1]
    (Path(source.transactions) / "products.csv").unlink()
    assert "has no products.csv, which shop.yaml joins: mend tables.file in it." in refused(mapped)


def test_a_changed_mapping_lands_the_days_that_it_changes(source: Settings, write: Write):
    write("shop.yaml")
    write("sales.csv", LINES)
    land_days(source, *RANGE)
    write("shop.yaml", non_products={"items": ["B"]})
    pending = pending_days(source)
    assert (pending.days, pending.rules_changed) == (DAYS[1:], True)
    assert land_days(source, *RANGE).days == DAYS[1:]
    assert not pending_days(source)


def test_known_layouts_say_what_their_columns_and_currency_are(source: Settings, drop: Callable[..., Path]):
    drop("1.csv", A, B)
    land_days(source, *RANGE)
    layout, currency, columns = shop_row(source)
    assert (layout, currency, columns["item"], columns["category"]) == ("UCI Online Retail", "GBP", "StockCode", None)


def test_a_mapping_that_is_wrong_or_not_there_is_one_sentence(source: Settings, write: Write):
    write("sales.csv", LINES)
    assert "cannot be read (No such file or directory): mend AIECO_SHOP, or unset it." in refused(
        source.model_copy(update={"shop": "/nowhere/shop.yaml"})
    )
    write("shop.yaml", written={"time_zone": "Mars/Base"})
    assert "Mars/Base is no time zone" in refused(source)
    write("shop.yaml", columns={**PLAIN, "customer": "who"})
    assert "sales.csv: the header is 'order,time,item,quantity,price', which lacks who of " in refused(source)


def test_a_rule_that_leaves_no_sale_is_told_before_anything_is_landed(source: Settings, write: Write):
    write("shop.yaml", returns={"items": ["*"]})
    write("sales.csv", LINES + "3,2010-12-02,C,1,4\n" * 20)
    assert "shop.yaml makes 22 of 22 lines a return and none a sale: mend returns in it." in refused(source)


def test_two_currencies_in_two_files_are_told_before_anything_is_landed(source: Settings, write: Write):
    header, first, second = f"{LINES.splitlines()[0]},money\n", "1,2010-12-01,A,2,3,EUR\n", "2,2010-12-02,B,1,4,USD\n"
    write("shop.yaml", columns={**PLAIN, "currency": "money"})
    write("1.csv", header + first)
    write("2.csv", header + second)
    said = "1.csv is in EUR and 2.csv in USD: say in shop.yaml which counts (currency: EUR)"
    assert said in refused(source)
    write("shop.yaml", columns={**PLAIN, "currency": "money"}, currency="EUR")
    assert land_days(source, *RANGE).rejected == 1


def test_a_source_without_one_row_says_why_of_each_file_and_the_lake_stays(source: Settings, write: Write):
    good = write("good.csv", f"{HEADER}\n{A}\n")
    land_days(source, *RANGE)
    good.unlink()
    for number in range(12):
        write(f"{number:02}.csv", f"a{number},b\n1,2\n")
    said = refused(source).splitlines()
    assert said[0].endswith("can be loaded, so the transactions stay as they were:")
    assert len(said) == 12
    assert said[1].startswith("  00.csv: the header is 'a0,b', which is no known layout: `aieco init SOURCE`")
    assert said[-1] == "  … and 2 more files"
    assert len(set_aside(source).quarantined_files) == 12
    pending = pending_days(source)
    assert (pending.days, len(pending.unloadable), bool(pending)) == ((), 12, False)
    write("00.csv", f"{HEADER}\n{A}\n")
    assert (land_days(source, *RANGE).loaded, pending_days(source).unloadable) == (1, ())


def test_one_big_file_that_grew_in_the_middle_lands_the_days_that_changed(source: Settings, drop: Callable[..., Path]):
    early = A.replace("536365", "536364")
    drop("all.csv", A, B)
    land_days(source, *RANGE)
    before = lake(source)
    drop("all.csv", early, A, B)
    assert land_days(source, *RANGE).days == DAYS[:1]
    key = "transactions/invoice_date=2010-12-02/part-0.parquet"
    assert lake(source)[key] == before[key]


def test_a_refused_source_leaves_no_thread_for_the_collector_to_end(source: Settings, write: Write):
    write("shop.yaml", returns={"items": ["*"]})
    write("sales.csv", LINES + "3,2010-12-02,C,1,4\n" * 20)
    before = set(threading.enumerate())
    with pytest.raises(AiecoError) as caught:
        land_days(source, *RANGE)
    assert caught.tb is not None  # its frames are held here, and what they read with
    assert [thread.name for thread in set(threading.enumerate()) - before if "ThreadPool" in thread.name] == []
