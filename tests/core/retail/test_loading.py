from __future__ import annotations

from datetime import date
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail import land_days, load_days, loading
from aieco_assets.core.retail.checks import lost_rows, unloaded_rows
from aieco_assets.core.storage.postgres import connect

RANGE = date(2010, 12, 1), date(2011, 12, 31)
A = "536365,85123A,HEART,6,2010-12-01 08:26:00,2.555,17850.0,United Kingdom"
B = "536366,71053,LANTERN,-1,2010-12-02 09:00:00,3.39,,"
COLUMNS = (
    "invoice_date::text, invoice_no, stock_code, description, quantity, invoiced_at::text, unit_price::text,"
    " customer_id, country, _source_file, _row_number"
)


def raw(settings) -> list[tuple]:
    with connect(settings.warehouse) as connection:
        return connection.execute(f"select {COLUMNS} from raw.transactions order by 1, 10, 11").fetchall()


def test_rows_arrive_with_exact_values_and_their_origin(source, drop):
    drop("1.csv", A, B)
    land_days(source, *RANGE)
    result = load_days(source, *RANGE)
    assert (result.rows, result.rows_loaded, len(result.days)) == (2, 2, 2)
    assert raw(source) == [
        *[
            (
                "2010-12-01",
                "536365",
                "85123A",
                "HEART",
                6,
                "2010-12-01 08:26:00",
                "2.555000",
                "17850",
                "United Kingdom",
                "1.csv",
                2,
            )
        ],
        *[
            (
                "2010-12-02",
                "536366",
                "71053",
                "LANTERN",
                -1,
                "2010-12-02 09:00:00",
                "3.390000",
                None,
                None,
                "1.csv",
                3,
            )
        ],
    ]


def test_added_columns_arrive_as_json_beside_files_that_have_none(source, drop):
    drop("1.csv", A)
    (Path(source.transactions) / "2.jsonl").write_text(
        '{"InvoiceNo": 9, "StockCode": "X", "Description": null, "Quantity": 6.0, "InvoiceDate": "2010-12-01 09:00:00",'
        ' "UnitPrice": 2.50, "CustomerID": 7.0, "Country": "Eire", "Note": "Caf\u00e9 \\"au lait\\"", "Till": 4}\n'
    )
    land_days(source, *RANGE)
    assert load_days(source, *RANGE).rows == 2
    with connect(source.warehouse) as connection:
        rows = connection.execute("select invoice_no, customer_id, _extra from raw.transactions order by 1").fetchall()
    assert rows == [("536365", "17850", None), ("9", "7", {"Note": 'Café "au lait"', "Till": "4"})]


def test_a_day_that_an_older_release_landed_is_told_and_not_loaded(source, drop):
    drop("1.csv", A)
    land_days(source, *RANGE)
    path = Path(source.lake) / "transactions/invoice_date=2010-12-01/part-0.parquet"
    pl.read_parquet(path).drop("amount", "line_type").write_parquet(path)
    with connect(source.warehouse) as connection:
        connection.execute("update lake.transaction_days set sha256 = %s", (sha256(path.read_bytes()).hexdigest(),))
    with pytest.raises(AiecoError, match="was landed by an older release: materialise lake/transactions of that day"):
        load_days(source, *RANGE)


def test_what_a_line_is_and_belongs_to_arrives(source, drop):
    drop("1.csv", A, B.replace("71053", "POST"), "C536367,22139,TIN,-2,2010-12-03 10:00:00,1.25,12583.0,France")
    land_days(source, *RANGE)
    load_days(source, *RANGE)
    with connect(source.warehouse) as connection:
        rows = connection.execute(
            "select amount::text, line_type, is_product, order_type, category, store, _day_row from raw.transactions"
            " order by invoice_date"
        ).fetchall()
    assert rows == [
        ("15.330000", "sale", True, None, None, None, 1),
        ("-3.390000", "non_product", False, "cancellation", None, None, 1),
        ("-2.500000", "return", True, "cancellation", None, None, 1),
    ]


def test_only_changed_days_are_loaded_again(source, drop):
    drop("1.csv", A)
    drop("2.csv", B)
    land_days(source, *RANGE)
    load_days(source, *RANGE)
    assert load_days(source, *RANGE).days == ()
    drop("2.csv", B, B)
    land_days(source, *RANGE)
    result = load_days(source, *RANGE)
    assert (result.days, result.rows_loaded, result.rows) == ((date(2010, 12, 2),), 2, 3)
    assert unloaded_rows(source) == []


def test_a_day_that_left_the_source_leaves_the_warehouse(source, drop):
    drop("1.csv", A)
    path = drop("2.csv", B)
    land_days(source, *RANGE)
    load_days(source, *RANGE)
    path.unlink()
    land_days(source, *RANGE)
    assert load_days(source, *RANGE).days == (date(2010, 12, 2),)
    assert [row[0] for row in raw(source)] == ["2010-12-01"]


def test_days_outside_the_range_are_not_touched(source, drop):
    drop("1.csv", A, B)
    land_days(source, *RANGE)
    assert load_days(source, date(2010, 12, 2), date(2010, 12, 2)).rows == 1
    assert [row[0] for row in raw(source)] == ["2010-12-02"]


def test_a_failed_load_leaves_the_old_days(source, drop, monkeypatch):
    drop("1.csv", A, B)
    land_days(source, *RANGE)
    load_days(source, *RANGE)
    before = raw(source)
    drop("1.csv", A, B, B)
    land_days(source, *RANGE)

    def die(*_):
        raise RuntimeError("killed between COPY and record")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(loading, "loads_table", die)
        load_days(source, *RANGE)
    assert raw(source) == before
    load_days(source, *RANGE)
    assert len(raw(source)) == 3


def test_an_object_changed_behind_our_back_is_not_loaded(source, drop):
    drop("1.csv", A)
    land_days(source, *RANGE)
    (Path(source.lake) / "transactions/invoice_date=2010-12-01/part-0.parquet").write_bytes(b"something else")
    with pytest.raises(AiecoError, match="is not what was landed"):
        load_days(source, *RANGE)
    assert raw(source) == []


def test_rows_missing_in_the_warehouse_are_found(source, drop):
    drop("1.csv", A, A, B)
    land_days(source, *RANGE)
    load_days(source, *RANGE)
    assert unloaded_rows(source) == []
    with connect(source.warehouse) as connection:
        connection.execute("delete from raw.transactions where _row_number = 2")
    assert unloaded_rows(source) == [(date(2010, 12, 1), 1, 2)]


def test_real_lines_all_arrive_to_the_penny(settings, real_data):
    real = settings.model_copy(update={"transactions": str(real_data / "online_retail")})
    landed = land_days(real, *RANGE)
    assert landed.read == landed.loaded + landed.rejected == 370_931
    assert load_days(real, *RANGE).rows == landed.loaded
    assert lost_rows(real) == []
    assert unloaded_rows(real) == []
    with connect(real.warehouse) as connection:
        figures = connection.execute(
            "select round(sum(quantity * unit_price), 2), count(distinct invoice_no), count(distinct customer_id),"
            " count(distinct country) from raw.transactions"
        ).fetchone()
    assert [str(figure) for figure in figures or ()] == ["6781619.00", "18786", "3658", "37"]
