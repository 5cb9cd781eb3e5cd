"""Transactions of a real Postgres table: which days are fetched, what becomes of a row, what is said when it fails."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import polars as pl
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail import load_days, pending_days
from aieco_assets.core.retail.checks import lost_rows, set_aside
from aieco_assets.core.storage.postgres import connect
from tests.core.retail.connectors.conftest import Shop, land

DAYS = [date(2010, 12, 1), date(2010, 12, 2), date(2010, 12, 3)]


def frame(settings, day: str, kind: str = "transactions") -> pl.DataFrame:
    return pl.read_parquet(BytesIO((Path(settings.lake) / f"{kind}/invoice_date={day}/part-0.parquet").read_bytes()))


def test_each_day_of_a_table_lands_in_its_own_partition_and_loads(shop: Shop):
    settings = shop.settings()
    result = land(settings)
    assert (result.read, result.loaded, result.rejected, [*result.days]) == (3, 3, 0, DAYS)
    row = frame(settings, "2010-12-03").row(0, named=True)
    assert (row["invoice_no"], row["description"], row["quantity"]) == ("536367", 'RETRO "TIN"', -2)
    assert (str(row["invoiced_at"]), str(row["unit_price"]), row["customer_id"]) == (
        "2010-12-03 23:59:59",
        "1.250000",
        "12583",
    )
    assert (row["_source_file"], row["extra"]) == (
        "2010-12-03.jsonl",
        '{"id":"3","updated_at":"2020-01-01 00:00:00+00"}',
    )
    load_days(settings, DAYS[0], DAYS[-1])
    with connect(settings.warehouse) as connection:
        assert connection.execute("select count(*), sum(quantity) from raw.transactions").fetchall() == [(3, 5)]
    assert lost_rows(settings) == []


def test_an_unchanged_table_is_not_fetched_again(shop: Shop, fetched: list[str]):
    land(shop.settings())
    assert fetched == [f"{day}.jsonl" for day in DAYS]
    fetched.clear()
    assert not pending_days(shop.settings())
    assert (land(shop.settings()).days, fetched) == ((), [])


def test_a_corrected_row_fetches_and_lands_its_day_alone_though_no_cursor_says_so(shop: Shop, fetched: list[str]):
    land(shop.settings())
    fetched.clear()
    shop.do("update shop.sales set quantity = 7 where invoice_no = '536366'")
    assert pending_days(shop.settings()).days == (DAYS[1],)
    assert land(shop.settings()).days == (DAYS[1],)
    assert set(fetched) == {"2010-12-02.jsonl"}
    assert frame(shop.settings(), "2010-12-02")["quantity"].to_list() == [7]


def test_a_row_that_is_written_again_as_it_was_is_fetched_and_lands_nothing(shop: Shop, fetched: list[str]):
    land(shop.settings())
    fetched.clear()
    shop.do("update shop.sales set quantity = quantity where invoice_no = '536366'")
    assert (land(shop.settings()).days, fetched) == ((), ["2010-12-02.jsonl"])
    fetched.clear()
    assert (land(shop.settings()).days, fetched) == ((), [])


def test_deleted_rows_go_and_a_day_without_rows_leaves_the_lake(shop: Shop, fetched: list[str]):
    shop.do(
        "insert into shop.sales select 9, '536365', '71053', 'LANTERN', 1, '2010-12-01 09:00', 3.39, null, 'France'"
    )
    land(shop.settings())
    fetched.clear()
    shop.do("delete from shop.sales where id in (9, 3)")
    assert land(shop.settings()).days == (DAYS[0], DAYS[2])
    assert set(fetched) == {"2010-12-01.jsonl"}
    assert not (Path(shop.settings().lake) / "transactions/invoice_date=2010-12-03/part-0.parquet").exists()
    assert land(shop.settings()).read == 2


def test_a_late_day_lands_alone(shop: Shop, fetched: list[str]):
    land(shop.settings())
    fetched.clear()
    shop.do(
        "insert into shop.sales select 9, '536360', '71053', 'LANTERN', 1, '2010-11-30 09:00', 3.39, null, 'France'"
    )
    assert land(shop.settings()).days == (date(2010, 11, 30),)
    assert set(fetched) == {"2010-11-30.jsonl"}


def test_a_row_that_moves_to_another_day_lands_both(shop: Shop):
    land(shop.settings())
    shop.do("update shop.sales set invoice_date = '2010-12-02 10:00' where id = 1")
    assert land(shop.settings()).days == (DAYS[0], DAYS[1])


def test_rows_without_a_valid_date_are_rejected_under_the_first_day_and_none_is_lost(shop: Shop, fetched: list[str]):
    shop.do(
        "insert into shop.sales select n, 'x', 'y', 'z', 1, at, 1, null, null from (values (10, null),"
        " (11, timestamp '1999-01-01 10:00'), (12, 'infinity'), (13, '9999-01-01 00:00')) as odd(n, at)"
    )
    result = land(shop.settings())
    assert (result.read, result.loaded, result.rejected, result.quarantined_files) == (7, 3, 4, {})
    rejects = frame(shop.settings(), "2010-12-01", "transactions_rejected")
    assert set(rejects["_source_file"]) == {"2010-12-01.no-valid-date.jsonl"}
    assert sorted(rejects["reason"]) == [
        "invoice_date is not YYYY-MM-DD HH:MM:SS",
        "invoice_date is not YYYY-MM-DD HH:MM:SS",
        "invoice_date lies before 2009-12-01",
        "invoice_date lies in the future",
    ]
    assert lost_rows(shop.settings()) == []
    fetched.clear()
    assert (land(shop.settings()).days, fetched) == ((), [])
    # With an earlier day they are counted under that.
    shop.do("update shop.sales set invoice_date = '2010-11-30 10:00' where id = 3")
    assert land(shop.settings()).days == (date(2010, 11, 30), DAYS[0], DAYS[2])
    assert frame(shop.settings(), "2010-11-30", "transactions_rejected").height == 4


def test_a_table_without_one_valid_date_is_one_sentence_and_lands_nothing(shop: Shop):
    shop.do("update shop.sales set invoice_date = null")
    with pytest.raises(AiecoError, match=r"no-valid-date.jsonl: invoice_date is not .* in any of its 3 rows"):
        land(shop.settings())
    assert not Path(shop.settings().lake).exists()


@pytest.mark.parametrize(
    ("change", "day", "moment"),
    [
        ("type timestamptz using '2010-12-01 23:30:00-05'::timestamptz", "2010-12-02", "2010-12-02 04:30:00"),
        ("type date using '2010-12-05'", "2010-12-05", "2010-12-05 00:00:00"),
        ("type text using ' 2010-12-05 10:11:12'", "2010-12-05", "2010-12-05 10:11:12"),
        ("type varchar(40) using '2010-12-05 10:11:12'", "2010-12-05", "2010-12-05 10:11:12"),
    ],
)
def test_dates_are_read_in_whichever_type_they_are(shop: Shop, change: str, day: str, moment: str):
    shop.do(f"alter table shop.sales alter invoice_date {change}; alter role current_user set timezone = 'Asia/Tokyo'")
    try:
        assert land(shop.settings()).loaded == 3
        assert {str(at) for at in frame(shop.settings(), day)["invoiced_at"]} == {moment}
    finally:
        shop.do("alter role current_user reset timezone")


def test_a_day_of_a_text_column_is_fetched_alone(shop: Shop, fetched: list[str]):
    shop.do("alter table shop.sales alter invoice_date type text using to_char(invoice_date, 'YYYY-MM-DD HH24:MI:SS')")
    land(shop.settings())
    fetched.clear()
    shop.do("update shop.sales set quantity = 8 where id = 2")
    assert (land(shop.settings()).days, set(fetched)) == ((DAYS[1],), {"2010-12-02.jsonl"})


def test_rows_that_break_a_rule_are_rejected_as_in_a_file(shop: Shop):
    shop.do("insert into shop.sales select 9, '', '71053', 'LANTERN', 1, '2010-12-01 09:00', 3.39, null, 'France'")
    result = land(shop.settings())
    assert (result.read, result.rejected) == (4, 1)
    assert frame(shop.settings(), "2010-12-01", "transactions_rejected")["reason"].to_list() == ["invoice_no is empty"]


def test_an_added_column_is_kept_and_every_day_is_looked_at_again(shop: Shop, fetched: list[str]):
    land(shop.settings())
    fetched.clear()
    shop.do(
        "alter table shop.sales add column till jsonb default '{\"no\": 1}', add column took interval default '90 s'"
    )
    assert [*land(shop.settings()).days] == DAYS
    assert set(fetched) == {f"{day}.jsonl" for day in DAYS}
    assert set_aside(shop.settings()).added_columns["2010-12-01.jsonl"] == ["id", "till", "took", "updated_at"]
    assert '"till":"{\\"no\\": 1}","took":"00:01:30"' in frame(shop.settings(), "2010-12-01")["extra"][0]


def test_a_column_that_lost_its_type_quarantines_the_days_that_it_spoils(shop: Shop):
    shop.do(
        "alter table shop.sales alter unit_price type text using case when id = 1 then 'a' else unit_price::text end"
    )
    shop.do("insert into shop.sales select 9, '536365', '71053', 'LANTERN', 1, '2010-12-01 09:00', 'b', null, 'France'")
    result = land(shop.settings())
    assert (result.read, [*result.quarantined_files]) == (2, ["2010-12-01.jsonl"])
    assert "unit_price is not a number" in result.quarantined_files["2010-12-01.jsonl"]


def test_many_days_are_fetched_by_few_queries_and_in_pieces_the_same(shop: Shop, monkeypatch: pytest.MonkeyPatch):
    whole = land(shop.settings()).content_sha256
    monkeypatch.setattr("aieco_assets.core.retail.connectors.days._BATCH_ROWS", 2)
    pieces = shop.settings().model_copy(update={"lake_url": str(shop.settings().home / "other")})
    with connect(shop.url) as connection:
        connection.execute("truncate lake.transaction_days, lake.transaction_files")
    assert land(pieces).content_sha256 == whole


def test_the_order_in_which_rows_lie_in_the_table_says_nothing(shop: Shop):
    shop.do(
        "insert into shop.sales select 9, '536365', '71053', 'LANTERN', 1, '2010-12-01 09:00', 3.39, null, 'France'"
    )
    before = land(shop.settings()).content_sha256
    shop.do("create table shop.copy as select * from shop.sales order by id desc; truncate shop.sales")
    shop.do("insert into shop.sales select * from shop.copy")
    result = land(shop.settings())
    assert (result.days, result.content_sha256) == ((), before)


def refused(settings) -> str:
    with pytest.raises(AiecoError) as caught:
        pending_days(settings)
    assert "Traceback" not in str(caught.value)
    return str(caught.value)


def test_what_is_wrong_is_one_sentence_that_names_it(shop: Shop):
    assert "add ?table=schema.name to AIECO_TRANSACTIONS" in refused(shop.settings("cursor=updated_at"))
    assert "names a table that is not there" in refused(shop.settings("table=shop.nothing"))
    assert "has no column changed" in refused(shop.settings("table=shop.sales&cursor=changed"))
    shop.do("create table shop.empty (like shop.sales); create table shop.other (a int)")
    assert "holds no rows" in refused(shop.settings("table=shop.empty"))
    assert "which is no known layout: `aieco init SOURCE`" in refused(shop.settings("table=shop.other"))
    assert "it has a, which" in refused(shop.settings("table=shop.other"))
    shop.do('alter table shop.sales add column "InvoiceNo" text')
    assert "two spellings of one column, invoice_no and InvoiceNo: read a view that has one." in refused(
        shop.settings()
    )


def test_a_server_that_does_not_let_us_in_is_told_without_the_password(shop: Shop):
    shop.do("create role clerk login password 'hunter2'")
    try:
        wrong = refused(shop.settings(url=shop.other_login("clerk:not-hunter")))
        assert "start its server, or mend AIECO_TRANSACTIONS" in wrong and "not-hunter" not in wrong
        denied = refused(shop.settings(url=shop.other_login("clerk:hunter2")))
        assert "hunter2" not in denied
    finally:
        shop.do("drop role clerk")
    away = "postgresql://clerk:hunter2@127.0.0.1:1/shop"
    message = refused(shop.settings(url=away))
    assert message.startswith("postgresql://127.0.0.1:1/shop?table=shop.sales cannot be read (")
    assert "Connection refused)" in message
    assert "hunter2" not in message and "clerk" not in message
    nowhere = refused(shop.settings(url="nodb://clerk:hunter2@host/shop"))
    assert "is not a folder, an s3:// or http(s):// url" in nowhere and "hunter2" not in nowhere
