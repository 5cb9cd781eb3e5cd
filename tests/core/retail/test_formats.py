from __future__ import annotations

import gzip
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aieco_assets.core.contracts import TRANSACTION_COLUMNS
from aieco_assets.core.retail import records
from aieco_assets.core.retail.records import CutOff, UnreadableFile, as_text
from aieco_assets.core.retail.tables import parquet as parquet_files
from tests.core.retail.conftest import HEADER
from tests.core.retail.parsing import parsed_of as parse
from tests.core.retail.workbooks import cell, row, workbook

LINE = "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"
TEXTS: dict[str, Any] = dict(zip(TRANSACTION_COLUMNS, LINE.split(","), strict=True))
CSV = f"{HEADER}\n{LINE}\n".encode()
# 40513.351388888892 is how Excel stores 2010-12-01 08:26:00.
CELLS = (536365, "85123A", "WHITE HEART", 6, 40513.351388888892, 2.55, 17850, "United Kingdom")


def json_lines(*values: dict[str, Any]) -> bytes:
    return "".join(json.dumps(value) + "\n" for value in values).encode()


def parquet(**columns: Any) -> bytes:
    """The line above with some columns replaced; one row, or as many as the replaced columns have."""
    height = max((len(values) for values in columns.values()), default=1)
    buffer = BytesIO()
    texts = {name: pa.array([text] * height) for name, text in TEXTS.items()}
    pq.write_table(pa.table({**texts, **columns}), buffer)
    return buffer.getvalue()


def compact(value: dict[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def excel(*rows: str) -> bytes:
    return workbook(row(1, *TRANSACTION_COLUMNS) + "".join(rows))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv.gz", gzip.compress(CSV)),
        ("a.CSV.GZ", gzip.compress(CSV[:50]) + gzip.compress(CSV[50:])),
        ("a.jsonl", json_lines(TEXTS)),
        ("a.ndjson.gz", gzip.compress(json_lines(TEXTS))),
        ("typed.jsonl", json_lines({**TEXTS, "InvoiceNo": 536365, "Quantity": 6.0, "UnitPrice": 2.55})),
        ("a.parquet", parquet()),
        (
            "typed.parquet",
            parquet(
                InvoiceNo=pa.array([536365]),
                StockCode=pa.array(["85123A"]).dictionary_encode(),
                Quantity=pa.array([6.0]),
                InvoiceDate=pa.array([datetime(2010, 12, 1, 8, 26)], pa.timestamp("ns")),
                UnitPrice=pa.array([Decimal("2.550000")]),
                CustomerID=pa.array([17850.0]),
            ),
        ),
        ("float32.parquet", parquet(UnitPrice=pa.array([2.55], pa.float32()), CustomerID=pa.array([17850], "int32"))),
        ("a.xlsx", excel(row(2, *CELLS))),
        ("text.xlsx", excel(row(2, *TEXTS.values()))),
    ],
)
def test_every_format_gives_the_row_that_csv_gives(name, data):
    expected = parse(CSV, "a.csv").accepted.drop("row_number").rows()
    assert parse(data, name).accepted.drop("row_number").rows() == expected


def test_rows_are_counted_as_their_format_counts_them():
    assert parse(b"\n" + json_lines(TEXTS), "a.jsonl").accepted["row_number"].to_list() == [2]
    assert parse(parquet(Quantity=pa.array([1, 2])), "a.parquet").accepted["row_number"].to_list() == [2, 3]
    book = workbook(row(3, *TRANSACTION_COLUMNS) + row(4, *CELLS) + row(7, *CELLS))
    assert parse(book, "a.xlsx").accepted["row_number"].to_list() == [4, 7]


@pytest.mark.parametrize(
    ("name", "data", "raw"),
    [
        (
            "a.jsonl",
            json_lines(TEXTS, {**TEXTS, "UnitPrice": 2.5555555}),
            json.dumps({**TEXTS, "UnitPrice": 2.5555555}),
        ),
        (
            "a.parquet",
            parquet(UnitPrice=pa.array([2.55, 2.5555555])),
            compact({**TEXTS, "UnitPrice": "2.5555555"}),
        ),
        (
            "a.xlsx",
            excel(row(2, *CELLS), row(3, *CELLS[:5], 2.5555555, *CELLS[6:])),
            compact({**TEXTS, "UnitPrice": "2.5555555", "CustomerID": "17850"}),
        ),
    ],
)
def test_a_price_with_more_than_6_decimals_is_rejected_and_not_rounded(name, data, raw):
    parsed = parse(data, name)
    assert parsed.accepted.height == 1
    reason = "UnitPrice is not a number with at most 6 decimals"
    assert parsed.rejected.select("raw", "reason").rows() == [(raw, reason)]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.parquet", parquet(UnitPrice=pa.array([0.1 + 0.2]))),
        ("a.xlsx", excel(row(2, *CELLS[:5], 0.1 + 0.2, *CELLS[6:]))),
        ("a.jsonl", json_lines({**TEXTS, "UnitPrice": 0.1 + 0.2})),
        ("a.csv", CSV.replace(b"2.55", b"0.30000000000000004")),
    ],
)
def test_a_double_that_is_off_by_how_it_is_stored_is_what_was_meant(name, data):
    assert parse(data, name).accepted["unit_price"].to_list() == [Decimal("0.300000")]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (6.0, "6"),
        (-6.0, "-6"),
        (6.5, "6.5"),
        (1e-05, "1e-05"),
        (Decimal("6.00"), "6"),
        (Decimal("1E+2"), "100"),
        (Decimal("1e999999999"), "1E+999999999"),
        (10**20, str(10**20)),
        (float("nan"), None),
        (Decimal("NaN"), None),
        (None, None),
        (True, "true"),
        (datetime(2010, 12, 1, 8, 26), "2010-12-01 08:26:00"),
        (datetime(2010, 12, 1, 8, 26, 0, 500), "2010-12-01 08:26:00.000500"),
        (date(2010, 12, 1), "2010-12-01"),
        ([1, "a"], '[1, "a"]'),
        (timedelta(seconds=90), "0:01:30"),
        ([timedelta(seconds=90)], '["0:01:30"]'),
    ],
)
def test_a_typed_value_becomes_its_exact_text(value, text):
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ("nonsense", "it is not a JSON object"),
        ("[1]", "it is not a JSON object"),
        ('{"Quantity": 1, "Quantity": 2}', "it names a column more than once"),
        (json.dumps({**TEXTS, "Quantity": [6]}), "Quantity is not a single value"),
        (json.dumps({**TEXTS, "Country": "a\0b"}), "it holds a NUL or half a character"),
        (json.dumps({**TEXTS, "Country": "\ud800"}), "it holds a NUL or half a character"),
        (json.dumps({**TEXTS, "Quantity": None}), "Quantity is not a number with at most 4 decimals"),
        (json.dumps({k: v for k, v in TEXTS.items() if k != "StockCode"}), "StockCode is empty"),
        ('{"UnitPrice": 1e9999999999999999999999}', "it is not a JSON object"),
    ],
)
def test_broken_json_lines_keep_their_text_and_reason(record, reason):
    parsed = parse(json_lines(TEXTS) + record.encode() + b"\n" + json_lines(TEXTS), "a.jsonl")
    assert parsed.rejected.select("row_number", "raw", "reason").rows() == [(2, record, reason)]
    assert parsed.accepted.height == 2


def test_a_row_with_an_excel_error_or_a_value_beyond_the_header_is_rejected():
    error = row(3, *CELLS[:7]).replace("</row>", cell("H3", "#N/A", kind="e") + "</row>")
    parsed = parse(excel(row(2, *CELLS), error, row(4, *CELLS, "beyond")), "a.xlsx")
    assert parsed.accepted["row_number"].to_list() == [2]
    assert parsed.rejected.select("row_number", "reason").rows() == [
        (3, "a cell of it holds an Excel error"),
        (4, "a value stands beyond the header"),
    ]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.csv.gz", CSV, "cannot be read as gzip"),
        ("a.jsonl", b"a,b\n1,2\n", "none of its lines is a JSON object"),
        ("a.jsonl", json_lines({"a": 1}), "its columns are 'a', which is no known layout: `aieco init SOURCE`"),
        ("a.parquet", CSV, "it is not a parquet file"),
        ("a.parquet", b"PAR1" + b"\1" * 100 + b"PAR1", "it cannot be read as parquet"),
        ("a.xlsx", CSV, "it is not an .xlsx workbook"),
        ("a.xlsx", workbook(""), "its sheets are empty"),
        ("a.xlsx", excel(row(1_048_576, 1), cell("XFD2", 1)), "it spans more than 50 million cells"),
        ("a.csv.gz", gzip.compress(bytes(70 * 2**20)), "it unpacks to more than 64 MiB"),
    ],
)
def test_files_that_are_set_aside_whole(name, data, reason):
    with pytest.raises(UnreadableFile, match=reason):
        parse(data, name)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", b""),
        ("a.csv", CSV[:20]),
        ("a.csv", CSV[:-40]),
        ("a.csv.gz", gzip.compress(CSV)[:-20]),
        ("a.jsonl", json_lines(TEXTS)[:50]),
        ("a.parquet", parquet()[:-50]),
        ("a.xlsx", excel(row(2, *CELLS))[:-50]),
    ],
)
def test_a_file_that_ends_in_the_middle_is_cut_off(name, data):
    with pytest.raises(CutOff):
        parse(data, name)


def test_a_workbook_or_parquet_file_that_unpacks_to_too_much_is_set_aside(monkeypatch):
    monkeypatch.setattr(records, "_SMALL", 100)
    monkeypatch.setattr(records, "MAX_RATIO", 1)
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        parse(excel(row(2, *CELLS)), "a.xlsx")
    monkeypatch.setattr(parquet_files, "MAX_CELLS", 15)
    with pytest.raises(UnreadableFile, match="spans more than"):
        parse(parquet(Quantity=pa.array([1, 2])), "a.parquet")


def test_times_and_texts_in_the_types_of_other_programs_are_read():
    zoned = parquet(InvoiceDate=pa.array([datetime(2010, 12, 1, 8, 26)], pa.timestamp("us", "UTC")))
    assert parse(zoned, "a.parquet").accepted["invoiced_at"].to_list() == [datetime(2010, 12, 1, 8, 26)]
    assert parse(parquet(StockCode=pa.array([b"85123A"])), "a.parquet").accepted["stock_code"].to_list() == ["85123A"]
    lists = parse(parquet(StockCode=pa.array([["x"]])), "a.parquet")
    assert lists.rejected["reason"].to_list() == ["StockCode is not a single value"]


def test_a_header_alone_holds_no_days_in_any_format():
    assert parse(parquet(Quantity=pa.array([], pa.string())), "a.parquet").days == {}
    assert parse(excel(), "a.xlsx").days == {}
