"""What happens when the columns of a file are not the known ones."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.rows import parse_file
from tests.core.retail.conftest import HEADER

GOOD = "536365,85123A,WHITE HEART,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom"


def parse(text: str, name: str = "a.csv"):
    return parse_file(text.encode(), date(2010, 1, 1), date(2011, 12, 31), name)


def backwards(line: str) -> str:
    return ",".join(reversed(line.split(",")))


def test_columns_may_come_in_any_order():
    known, turned = parse(f"{HEADER}\n{GOOD}"), parse(f"{backwards(HEADER)}\n{backwards(GOOD)}")
    assert turned.accepted.rows() == known.accepted.rows()
    assert turned.added == ()


def test_an_added_column_is_kept_as_json_by_name():
    parsed = parse(f'Till,{HEADER},Colour\n"4 ""A""",{GOOD},\n5,{GOOD},röd\n')
    assert parsed.added == ("Colour", "Till")
    assert parsed.accepted["extra"].to_list() == [
        '{"Colour": "", "Till": "4 \\"A\\""}',
        '{"Colour": "röd", "Till": "5"}',
    ]
    assert parsed.accepted["unit_price"].is_not_null().all()


def test_added_columns_of_typed_formats_are_text_or_null():
    record = dict(zip(HEADER.split(","), GOOD.split(","), strict=True))
    lines = [json.dumps(record | {"Till": 4.0, "Tags": ["a"]}), json.dumps(record)]
    parsed = parse("\n".join(lines) + "\n", "a.jsonl")
    assert parsed.accepted["extra"].to_list() == ['{"Tags": "[\\"a\\"]", "Till": "4"}', '{"Tags": null, "Till": null}']
    buffer = BytesIO()
    pq.write_table(pa.table({**{name: [value] for name, value in record.items()}, "Till": [4]}), buffer)
    table = parse_file(buffer.getvalue(), date(2010, 1, 1), date(2011, 12, 31), "a.parquet")
    assert (table.added, table.accepted["extra"].to_list()) == (("Till",), ['{"Till": "4"}'])


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (HEADER.replace(",UnitPrice", ""), "which lacks UnitPrice$"),
        (
            HEADER.replace("UnitPrice", "Price").replace("CustomerID", "Customer ID"),
            "which lacks UnitPrice, CustomerID",
        ),
        (f"{HEADER},Country", "more than one column is named Country"),
        (f"{HEADER},Till,Till", "more than one column is named Till"),
        (f"{HEADER},", "column 9 has no name"),
        (f"{HEADER},{','.join(f'c{n}' for n in range(101))}", "it has 109 columns"),
    ],
)
def test_a_removed_renamed_double_or_unnamed_column_sets_the_file_aside(header, reason):
    with pytest.raises(UnreadableFile, match=reason):
        parse(f"{header}\n{GOOD}\n")


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("2010-12-01 08:26:00", "01/12/2010 08:26", "InvoiceDate is not YYYY-MM-DD HH:MM:SS in any of its 2 rows"),
        (",6,", ",six,", "Quantity is not a whole number in any of its 2 rows"),
        ("2.55", '"2,55"', "UnitPrice is not a number with at most 4 decimals in any of its 2 rows"),
    ],
)
def test_a_column_that_changed_its_type_sets_the_file_aside(before, after, reason):
    changed = GOOD.replace(before, after)
    with pytest.raises(UnreadableFile, match=reason):
        parse(f"{HEADER}\n{changed}\n{changed}\n")
    assert parse(f"{HEADER}\n{changed}\n{GOOD}\n").rejected.height == 1
