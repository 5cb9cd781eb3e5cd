"""What happens when the columns of a file are not the known ones."""

from __future__ import annotations

import json
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aieco_assets.core.retail.records import UnreadableFile
from tests.core.retail.conftest import HEADER
from tests.core.retail.parsing import parsed_of as parse

GOOD = "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"


def backwards(line: str) -> str:
    return ",".join(reversed(line.split(",")))


def test_columns_may_come_in_any_order():
    known, turned = parse(f"{HEADER}\n{GOOD}"), parse(f"{backwards(HEADER)}\n{backwards(GOOD)}")
    assert turned.accepted.rows() == known.accepted.rows()
    assert turned.added == ()


@pytest.mark.parametrize(
    "header",
    [
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        "invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country",
        "INVOICE NUMBER,Stock-Code,DESCRIPTION,quantity,Invoice Date,PRICE,customerId,COUNTRY",
    ],
)
def test_any_published_spelling_of_the_columns_is_read(header):
    assert parse(f"{header}\n{GOOD}").accepted.rows() == parse(f"{HEADER}\n{GOOD}").accepted.rows()


def test_an_added_column_is_kept_as_json_by_name():
    parsed = parse(f'Till,{HEADER},Colour\n"4 ""A""",{GOOD},\n5,{GOOD},röd\n')
    assert parsed.added == ("Colour", "Till")
    assert parsed.accepted["extra"].to_list() == [
        '{"Colour":"","Till":"4 \\"A\\""}',
        '{"Colour":"röd","Till":"5"}',
    ]
    assert parsed.accepted["unit_price"].is_not_null().all()


def test_an_unnamed_column_with_values_is_called_by_its_place_and_an_empty_one_is_none():
    parsed = parse(f"{HEADER},,\n{GOOD},,x\n{GOOD},,\n")
    assert parsed.added == ("column 9",)
    assert parsed.accepted["extra"].to_list() == ['{"column 9":"x"}', '{"column 9":""}']
    assert parse(f"{HEADER},,\n{GOOD},,\n").added == ()


def test_added_columns_of_typed_formats_are_text_or_null():
    record = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    lines = [json.dumps(record | {"Till": 4.0, "Tags": ["a"]}), json.dumps(record)]
    parsed = parse("\n".join(lines) + "\n", "a.jsonl")
    assert parsed.accepted["extra"].to_list() == ['{"Tags":"[\\"a\\"]","Till":"4"}', '{"Tags":null,"Till":null}']
    buffer = BytesIO()
    pq.write_table(pa.table({**{name: [value] for name, value in record.items()}, "Till": [4]}), buffer)
    table = parse(buffer.getvalue(), "a.parquet")
    assert (table.added, table.accepted["extra"].to_list()) == (("Till",), ['{"Till":"4"}'])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (
            HEADER.replace(",UnitPrice", ""),
            r"which lacks UnitPrice \(UCI Online Retail\): `aieco init SOURCE` writes a mapping of what it has",
        ),
        (HEADER.replace("UnitPrice", "Cost").replace("CustomerID", "Who"), "which lacks UnitPrice, CustomerID"),
        (f"{HEADER},customer_id", "CustomerID and customer_id are two spellings of one column: leave one out"),
        (f"{HEADER},Country", "more than one column is named Country"),
        (f"{HEADER},Till,Till", "more than one column is named Till"),
        (f"{HEADER},{','.join(f'c{n}' for n in range(113))}", "it has 121 columns: 120 are the most"),
    ],
)
def test_a_removed_renamed_or_double_column_sets_the_file_aside(header, reason):
    with pytest.raises(UnreadableFile, match=reason):
        parse(f"{header}\n{GOOD}{',' * (header.count(',') - 7)}\n")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("2010-12-01 08:26:00", "01/12/2010 08:26", "where the day may come first or the month"),
        ("2010-12-01 08:26:00", "noon", "InvoiceDate is not YYYY-MM-DD HH:MM:SS in any of its 2 rows"),
        (",6,", ",six,", "Quantity is not a number with at most 4 decimals in any of its 2 rows"),
        ("2.55", "free", "UnitPrice is not a number with at most 6 decimals in any of its 2 rows"),
    ],
)
def test_a_column_that_changed_its_type_sets_the_file_aside(before, after, reason):
    changed = GOOD.replace(before, after)
    with pytest.raises(UnreadableFile, match=reason):
        parse(f"{HEADER}\n{changed}\n{changed}\n")
    assert parse(f"{HEADER}\n{changed}\n{GOOD}\n").rejected.height == 1
