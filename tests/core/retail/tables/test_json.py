"""JSON objects, one a line or in one array, flat or as web shops nest them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aieco_assets.core.retail.records import CutOff, UnreadableFile
from aieco_assets.core.retail.shop.mapping import Written
from aieco_assets.core.retail.tables import read_tables
from aieco_assets.core.retail.tables.table import Table

ORDER = {"id": 7, "customer": {"id": 5, "address": {"city": "Kiel"}}, "lines": [{"sku": "A", "n": 1}, {"sku": "B"}]}


def read(text: str, *wanted: str, name: str = "a.json", rows: str | None = None) -> Table:
    (table,) = read_tables(
        text.encode(), name, lambda names: {*wanted} <= {*names}, Written.model_validate({}), (), rows
    )
    return table


def records(table: Table) -> list[dict[str, Any]]:
    return [dict(zip(table.names, row, strict=True)) for row in table.frame.select(table.columns).rows()]


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson"])
@pytest.mark.parametrize(
    "text",
    [
        '{"id":1}\n{"id":2}\n',
        '[{"id":1},{"id":2}]',
        '[\n {"id":1},\n {"id":2}\n]\n',
        '{\n"orders": [{"id":1},{"id":2}]}',
    ],
)
def test_objects_in_lines_in_an_array_or_in_a_wrapper_are_records(text: str, name: str):
    table = read(text, "id", name=name)
    assert (records(table), table.broken, table.cut) == ([{"id": "1"}, {"id": "2"}], [], False)
    assert table.typed


def test_fields_of_nested_objects_are_columns():
    table = read(json.dumps(ORDER), "customer.id")
    assert records(table)[0]["customer.address.city"] == "Kiel"


def test_the_lines_of_an_order_are_rows_and_carry_the_order():
    expected = [("7", "5", "A", "1"), ("7", "5", "B", None)]
    for rows in (None, "lines"):  # told by the columns that are looked for, or named
        table = read(json.dumps(ORDER), "id", "lines.sku", rows=rows)
        assert [(r["id"], r["customer.id"], r["lines.sku"], r["lines.n"]) for r in records(table)] == expected
    raw = {"id": 7, "customer": ORDER["customer"], "lines": {"sku": "B"}}
    assert json.loads(table.frame["raw"][1]) == raw


def test_numbers_keep_the_digits_that_are_written():
    text = '{"id": 12345678901234567890, "price": 2.5500, "rate": 1E-7}'
    assert records(read(text, "id")) == [{"id": "12345678901234567890", "price": "2.55", "rate": "0.0000001"}]


def test_a_key_that_some_objects_lack_is_nothing_there():
    assert records(read('{"id":1,"note":"x"}\n{"id":2}\n', "id"))[1] == {"id": "2", "note": None}


def test_a_file_without_objects_is_refused_and_one_cut_in_its_only_line_waits():
    with pytest.raises(UnreadableFile, match="none of its lines is a JSON object") as caught:
        read("[1, 2]\n", "id")
    assert not isinstance(caught.value, CutOff)
    with pytest.raises(CutOff):
        read('{"id": 1, "no', "id")
    with pytest.raises(CutOff):
        read('[{"id": 1}, {"id": ', "id")


def test_a_line_that_is_cut_is_told_from_a_broken_one():
    assert read('{"id":1}\n{"id":', "id").cut
    assert not read('{"id":1}\n{"id":\n', "id").cut
    assert not read('{"id":1}\n{"id":2}', "id").cut


def test_entries_of_an_array_that_are_no_objects_are_told():
    table = read('[{"id":1}, 5, {"id":2}]', "id")
    assert [row["id"] for row in records(table)] == ["1", "2"]
    assert table.broken == [(2, "5", "it is not a JSON object")]
    assert table.frame["row_number"].to_list() == [1, 3]
