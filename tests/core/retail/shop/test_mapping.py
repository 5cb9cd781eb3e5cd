"""shop.yaml: what is wrong in it is one sentence that names the entry."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.retail.shop.find import read_mapping, written_mapping
from aieco_assets.core.retail.shop.mapping import json_schema, plain
from tests.core.retail.parsing import PLAIN, shop

WHOLE: dict[str, Any] = {
    "currency": "EUR",
    "files": ["sales_*.csv"],
    "rows": "line_items",
    "fill_down": True,
    "columns": {**PLAIN, "item": ["sku", "item"], "category": "group", "customer": "who", "order_type": "kind"},
    "written": {"delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y %H:%M", "time_zone": "Europe/Berlin"},
    "returns": {"order_types": ["refund"], "negative": "quantity"},
    "tests": {"customers": ["staff*"]},
    "tables": [{"file": "products.csv", "join": {"item": "id"}, "columns": {"category": "group"}}],
}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"columns": {**PLAIN, "shelf": "x"}}, "columns.shelf is no entry of it"),
        ({"colums": {}}, "colums is no entry of it"),
        ({"columns": {"item": "a", "unit_price": "b"}}, "columns.time is missing"),
        ({"columns": {**PLAIN, "amount": "total"}}, "give one of columns.unit_price and columns.amount"),
        ({"columns": {"time": "a", "item": "b"}}, "give one of columns.unit_price and columns.amount"),
        ({"columns": {**PLAIN, "customer": "Item"}}, "column Item is both item and customer: leave one out"),
        (
            {"columns": {**PLAIN, "time": ["a", "b", "c"]}},
            r"columns.time takes one column, or two: \[date, time of day\]",
        ),
        ({"written": {"date_format": "%d.%m.%Y %Q"}}, "written.date_format: .* holds %Q, which is no part of a date"),
        ({"written": {"date_format": "%d.%m."}}, "written.date_format: %d.%m. has no year"),
        ({"written": {"time_zone": "Europe/Bärlin"}}, "Europe/Bärlin is no time zone: write one such as Europe/Berlin"),
        ({"written": {"encoding": "utf-9"}}, "utf-9 is no encoding that Python knows"),
        ({"written": {"decimal": ",", "thousands": ","}}, ", cannot be both the decimal mark and the mark between"),
        ({"written": {"delimiter": ";;"}}, "written.delimiter"),
        ({"currency": "euro"}, "currency"),
        ({"returns": {"order_types": ["x"]}}, "returns.order_types needs columns.order_type: name the column"),
        ({"returns": {"categories": ["x"]}}, "returns.categories needs columns.category"),
        ({"returns": {"negative": "price"}}, "returns.negative"),
        (
            {"columns": {"time": "a", "item": "b", "amount": "c"}, "returns": {"negative": "quantity"}},
            "returns.negative is quantity, and columns has none: write amount",
        ),
        ({"tables": [{"file": "a", "join": {}, "columns": {}}]}, r"tables\.0\.join"),
        ({"columns": {**PLAIN, "time": []}}, "columns.time names no column"),
        ({"columns": {"time": "a", "item": "b", "amount": "c"}, "fill_down": True}, "fill_down needs columns.order"),
        ({"written": {"date_format": "%Y-%m-%d %I:%M"}}, "has one of %I and %p: hours up to 12 need both"),
        ({"written": {"date_format": "%Y-%m-%d %H:%M %p"}}, "has one of %I and %p"),
        ({"written": {"header_row": 10**20}}, "written.header_row"),
        ({"order_by_store": True}, "order_by_store needs columns.order and columns.store: name both"),
        ({"layout": "mine"}, "layout is no entry of it"),
        ({1: "a"}, "1 is no entry of it"),
    ],
)
def test_what_is_wrong_is_named(entries: dict[str, Any], said: str):
    text = yaml.safe_dump({"columns": PLAIN, **entries})
    with pytest.raises(AiecoError, match=rf"^/shop/shop.yaml is not valid: .*{said}") as caught:
        read_mapping(text, "/shop/shop.yaml")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("columns:\n  a: [1", r"shop.yaml is no YAML \(line \d\): mend it"),
        ("", "shop.yaml holds no mapping"),
        ("- a\n", "shop.yaml holds no mapping"),
        ("layout: mine\ncolumns: {}\n", "shop.yaml is not valid"),
        ("1: 2\n", "shop.yaml is not valid"),
        ("currency: 2026-13-45\n", "shop.yaml is no YAML"),
        ("x: !!int a\n", "shop.yaml is no YAML"),
        ("a: " + "[" * 500_000, "shop.yaml is more than 100 levels deep"),
        ("a: b\n" * 500_000, "shop.yaml has more than 2,000,000 characters"),
        ("columns:\n  time: a\n  time: b\n", r"shop.yaml says time twice \(line 3\): leave one out"),
    ],
)
def test_a_file_that_is_no_mapping_is_one_sentence(text: str, said: str):
    with pytest.raises(AiecoError, match=said):
        read_mapping(text, "shop.yaml")


def test_a_mapping_that_is_written_reads_back_as_it_was():
    found = shop(**WHOLE)
    assert read_mapping(written_mapping(found, "why\nand how"), "shop.yaml") == found
    assert "fill_down" not in written_mapping(shop())


def test_the_digest_names_what_the_mapping_decides():
    assert shop(**WHOLE).digest == shop(**WHOLE).digest
    for changed in ({"currency": "USD"}, {"returns": {}}, {"written": {}}, {"tables": []}):
        assert shop(**{**WHOLE, **changed}).digest != shop(**WHOLE).digest


def test_its_schema_describes_every_entry():
    schema = json.loads(json.dumps(json_schema()))
    assert {*WHOLE} <= {*schema["properties"]}
    assert all("description" in entry for entry in schema["$defs"]["Columns"]["properties"].values())


def test_spellings_of_a_name_are_one():
    assert plain("Customer ID") == plain("customer_id") == plain("CUSTOMERID") == plain("customer-Id ")
    assert plain("Größe") != plain("Grosse Nr")
