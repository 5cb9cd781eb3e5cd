"""Transactions of several sources in one lake: told apart, landed once, corrected, erased and taken away again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from aieco_assets.core.declared.sources import TRANSACTIONS, DeclaredSource
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.erasure_lake import customer_lines, erase_from_lake, own_customers
from aieco_assets.core.governance.home_key import home_key
from aieco_assets.core.governance.tombstones import add_tombstones
from aieco_assets.core.retail import land_days, load_days, pending_days
from aieco_assets.core.retail.checks import lost_rows
from aieco_assets.core.retail.source import rejected_key
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.objects import open_store
from aieco_assets.core.storage.postgres import connect
from tests.core.retail.conftest import HEADER
from tests.core.retail.test_landing import lake, lines

WHOLE = (date(2010, 12, 1), date(2010, 12, 31))
A = "536365,85123A,HEART,6,2010-12-01 08:26:00,2.55,17850,United Kingdom"
B = "536366,71053,LANTERN,1,2010-12-02 09:00:00,3.39,17850,France"
C = "536367,22139,RETRO TIN,2,2010-12-03 10:00:00,1.25,12583,France"
WRONG = "536368,22139,RETRO TIN,x,2010-12-03 10:00:00,1.25,12583,France"
# As the web shop calls the same columns.
MAPPING = """columns:
  order: Order
  item: Article
  description: Name
  quantity: Pieces
  time: Day
  unit_price: Price
  customer: Account
  country: Land
"""
WEB = "Order,Article,Name,Pieces,Day,Price,Account,Land"


@pytest.fixture
def web(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, *rows: str, header: str = HEADER) -> None:
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def declared(folder: Path, *shared: str) -> tuple[DeclaredSource, ...]:
    return (DeclaredSource(TRANSACTIONS, "web", str(folder), shared=shared),)


def loaded(settings: Settings) -> list[tuple]:
    with connect(settings.warehouse) as connection:
        return connection.execute(
            "select _source_file, invoice_no, stock_code, customer_id from raw.transactions order by 1, 2, 3"
        ).fetchall()


def test_equal_ids_of_two_shops_are_told_apart_and_landing_again_changes_nothing(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", A)
    write(web, "one.csv", A, B)
    assert pending_days(source, declared(web)).days == (date(2010, 12, 1), date(2010, 12, 2))
    result = land_days(source, *WHOLE, declared=declared(web))
    assert (result.read, result.loaded, result.rejected) == (3, 3, 0)
    assert lines(source, "2010-12-01") == [("one.csv", 2), ("web/one.csv", 2)]
    before = lake(source)
    assert not pending_days(source, declared(web))
    assert land_days(source, *WHOLE, declared=declared(web)).days == ()
    assert lake(source) == before
    load_days(source, *WHOLE)
    assert loaded(source) == [
        ("one.csv", "536365", "85123A", "17850"),
        ("web/one.csv", "web-536365", "web-85123A", "web-17850"),
        ("web/one.csv", "web-536366", "web-71053", "web-17850"),
    ]
    assert lost_rows(source) == []


def test_customers_and_items_can_be_shared_and_the_orders_are_still_told_apart(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", A)
    write(web, "two.csv", B)
    land_days(source, *WHOLE, declared=declared(web))
    both = declared(web, "customers", "items")
    pending = pending_days(source, both)
    assert (pending.days, pending.rules_changed) == ((date(2010, 12, 2),), True)
    land_days(source, *WHOLE, declared=both)
    load_days(source, *WHOLE)
    assert loaded(source)[1] == ("web/two.csv", "web-536366", "71053", "17850")


def test_each_source_has_its_mapping_and_a_new_one_reads_no_file_of_another_again(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", A)
    land_days(source, *WHOLE)
    write(web, "two.csv", B, header=WEB)
    (web / "shop.yaml").write_text(MAPPING)
    pending = pending_days(source, declared(web))
    assert (pending.days, pending.files_new, pending.rules_changed) == ((date(2010, 12, 2),), 1, False)
    assert land_days(source, *WHOLE, declared=declared(web)).loaded == 2
    (web / "shop.yaml").rename(web.parent / "web.yaml")
    elsewhere = (DeclaredSource(TRANSACTIONS, "web", str(web), mapping=str(web.parent / "web.yaml")),)
    assert land_days(source, *WHOLE, declared=elsewhere).quarantined_files == {}


def test_a_day_that_is_corrected_or_gone_in_one_source_keeps_the_lines_of_the_other(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", A, C)
    write(web, "one.csv", A.replace(",6,", ",7,"))
    land_days(source, *WHOLE, declared=declared(web))
    write(web, "one.csv", A.replace(",6,", ",8,"), B)
    result = land_days(source, *WHOLE, declared=declared(web))
    assert result.days == (date(2010, 12, 1), date(2010, 12, 2))
    assert pending_days(source).days == (date(2010, 12, 1), date(2010, 12, 2))
    land_days(source, *WHOLE)
    assert lines(source, "2010-12-01") == [("one.csv", 2)]
    assert "transactions/invoice_date=2010-12-02/part-0.parquet" not in lake(source)
    assert not pending_days(source)


def test_a_source_that_is_gone_or_empty_leaves_the_lake_and_is_named_in_one_sentence(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", A)
    write(web, "one.csv", B)
    land_days(source, *WHOLE, declared=declared(web))
    before = lake(source)
    write(Path(source.transactions), "two.csv", C)
    web.rename(web.with_name("away"))
    with pytest.raises(AiecoError, match="is not a folder: set `folder` of the transaction source web to one"):
        land_days(source, *WHOLE, declared=declared(web))
    web.mkdir()
    with pytest.raises(AiecoError, match=r"holds no .* files: set `folder` of the transaction source web"):
        pending_days(source, declared(web))
    assert lake(source) == before


def test_another_currency_than_that_of_the_other_source_is_refused(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", A.replace("2.55", "£2.55"))
    write(web, "one.csv", B.replace("3.39", "€3.39"))
    with pytest.raises(AiecoError, match=r"one\.csv is in .* and web/one\.csv in "):
        land_days(source, *WHOLE, declared=declared(web))


def test_an_erased_customer_of_one_shop_stays_out_with_her_rejected_rows_and_her_namesake_stays(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", C)
    write(web, "one.csv", C, WRONG)
    land_days(source, *WHOLE, declared=declared(web))
    assert customer_lines(source, "web-12583") == 2
    with connect(source.warehouse) as connection:
        key = home_key(source)
        add_tombstones(connection, key, [key.name("customer", "web-12583")])
    assert erase_from_lake(source, "web-12583") == 2
    again = land_days(source, *WHOLE, declared=declared(web))
    assert (again.loaded, again.rejected, again.erased) == (1, 0, 2)
    assert lines(source, "2010-12-03") == [("one.csv", 2)]


def erase(settings: Settings, customer: str) -> int:
    """As `aieco erase` does it in the lake."""
    key = home_key(settings)
    names = [key.name("own customer", own) for own in own_customers(settings, customer)]
    with connect(settings.warehouse) as connection:
        add_tombstones(connection, key, [key.name("customer", customer), *names])
    return erase_from_lake(settings, customer)


def customers(settings: Settings) -> list[str]:
    load_days(settings, *WHOLE)
    return sorted({customer for _, _, _, customer in loaded(settings)})


def test_an_erased_customer_stays_out_where_her_source_is_renamed_or_begins_to_share_its_customers(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", C)
    write(web, "one.csv", C, B)
    land_days(source, *WHOLE, declared=declared(web))
    assert erase(source, "web-12583") == 1

    renamed = (DeclaredSource(TRANSACTIONS, "shop", str(web)),)
    land_days(source, *WHOLE, declared=renamed)
    assert customers(source) == ["12583", "shop-17850"]
    result = land_days(source, *WHOLE, declared=declared(web, "customers"))
    assert customers(source) == ["12583", "17850"]
    assert lines(source, "2010-12-03") == [("one.csv", 2)] and result.erased == 1


def test_a_customer_who_was_erased_everywhere_stays_out_where_her_source_no_longer_shares_its_customers(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", A)
    write(web, "one.csv", C, B)
    land_days(source, *WHOLE, declared=declared(web, "customers"))
    assert erase(source, "17850") == 2
    land_days(source, *WHOLE, declared=declared(web))
    assert customers(source) == ["web-12583"]


def rejected(settings: Settings, day: str) -> list[tuple]:
    frame = pl.read_parquet(BytesIO(open_store(settings.lake).get(rejected_key(date.fromisoformat(day)))))
    return frame.select("_source_file", "reason").rows()


TAKEN = " begins with web-, which stands in front of what the declared source web holds: rename the folder of its "


def test_an_id_that_begins_as_those_of_another_source_is_rejected_by_its_reason_and_merges_nobody(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    mine = B.replace(",17850,", ",web-17850,")
    order = B.replace("536366", "WEB-536366")
    item = B.replace("71053", "Web-71053")
    other_case, longer = (B.replace(",17850,", f",{one}-17850,").replace("536366", one) for one in ("WEB", "web2"))
    drop("till.csv", A, mine, order, item, other_case, longer)
    write(web, "one.csv", B)
    result = land_days(source, *WHOLE, declared=declared(web))
    assert (result.read, result.loaded, result.rejected) == (7, 4, 3)
    names = ("CustomerID", "InvoiceNo", "StockCode")
    assert rejected(source, "2010-12-02") == [("till.csv", f"{name}{TAKEN}defs.yaml") for name in names]
    load_days(source, *WHOLE)
    assert [(path, customer) for path, _, _, customer in loaded(source)] == [
        ("till.csv", "17850"),
        ("till.csv", "WEB-17850"),
        ("till.csv", "web2-17850"),
        ("web/one.csv", "web-17850"),
    ]
    assert lost_rows(source) == []


def test_customers_who_are_shared_have_their_ids_whatever_these_begin_with(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("till.csv", A.replace(",17850,", ",web-17850,"))
    write(web, "one.csv", B.replace(",17850,", ",web-17850,"))
    result = land_days(source, *WHOLE, declared=declared(web, "customers"))
    assert (result.loaded, result.rejected) == (2, 0)
    load_days(source, *WHOLE)
    assert {row[3] for row in loaded(source)} == {"web-17850"}


def test_shared_ids_of_one_declared_source_do_not_begin_as_those_of_another(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("till.csv", A)
    write(web, "one.csv", B.replace(",17850,", ",app-17850,"))
    (web.parent / "app").mkdir()
    write(web.parent / "app", "one.csv", C)
    app = DeclaredSource(TRANSACTIONS, "app", str(web.parent / "app"))
    result = land_days(source, *WHOLE, declared=(app, *declared(web, "customers")))
    assert (result.loaded, result.rejected) == (2, 1)
    assert rejected(source, "2010-12-02")[0][0] == "web/one.csv"


def test_only_files_with_such_ids_are_read_again_when_a_source_comes_or_goes(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("plain.csv", A)
    drop("crm.csv", C.replace(",12583,", ",web-12583,"))
    write(web, "one.csv", B)
    assert land_days(source, *WHOLE).loaded == 2
    pending = pending_days(source, declared(web))
    assert (pending.days, pending.rules_changed) == ((date(2010, 12, 2), date(2010, 12, 3)), True)
    result = land_days(source, *WHOLE, declared=declared(web))
    assert (result.loaded, result.rejected) == (2, 1)
    assert not pending_days(source, declared(web))
    assert pending_days(source).days == (date(2010, 12, 2), date(2010, 12, 3))
    result = land_days(source, *WHOLE)
    assert (result.loaded, result.rejected) == (2, 0)


def test_a_file_that_was_landed_before_ids_were_told_apart_is_looked_at_once_a_source_is_declared(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("plain.csv", C)
    drop("crm.csv", A.replace(",17850,", ",web-17850,"))
    write(web, "one.csv", B)
    land_days(source, *WHOLE)
    with connect(source.warehouse) as connection:
        connection.execute("update lake.transaction_files set rules = replace(rules, ':plain', '')")
        (rules,) = {row[0] for row in connection.execute("select rules from lake.transaction_files").fetchall()}
    assert not pending_days(source)
    assert land_days(source, *WHOLE, declared=declared(web)).rejected == 1
    with connect(source.warehouse) as connection:
        told = connection.execute("select path, rules from lake.transaction_files order by 1").fetchall()
    assert [path for path, by in told if by == rules] == []
    assert not pending_days(source, declared(web))


def test_what_a_shop_says_of_a_customer_does_not_become_that_of_her_namesake_of_another_source(
    source: Settings, drop: Callable[..., Path], web: Path
) -> None:
    drop("one.csv", A)
    Path(source.transactions, "people.csv").write_text("id,age\nweb-17850,80\n17850,30\n")
    (Path(source.transactions) / "shop.yaml").write_text(
        "columns: {order: InvoiceNo, item: StockCode, description: Description, quantity: Quantity, "
        "time: InvoiceDate, unit_price: UnitPrice, customer: CustomerID, country: Country}\n"
        "customers: {file: people.csv, customer: id, attributes: {age: age}}\n"
    )
    write(web, "one.csv", B)
    land_days(source, *WHOLE, declared=declared(web))
    with connect(source.warehouse) as connection:
        told = connection.execute("select customer_id, value from lake.customer_attributes").fetchall()
    assert told == [("17850", "30")]
