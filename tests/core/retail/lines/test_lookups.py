"""Tables beside the transactions: products with categories, customers."""

from __future__ import annotations

from typing import Any

import pytest

from aieco_assets.core.retail.lines.lookups import Lookup, read_lookup
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Table, Written
from tests.core.retail.parsing import PLAIN, parsed_of, shop

TABLE = {"file": "products.*", "join": {"item": "id"}, "columns": {"category": "group", "description": "text"}}
LINES = "order,time,item,quantity,price\n1,2010-12-01,A,1,1\n1,2010-12-01,B,1,1\n"


def lookup(text: str, name: str = "products.csv", **changed: Any) -> Lookup:
    mapped = Table.model_validate({**TABLE, **changed})
    return read_lookup(text.encode(), name, mapped, Written.model_validate({}), "0" * 64)


def found(text: str, *lookups: Lookup, columns: dict[str, Any] | None = None) -> list[tuple]:
    mapping = shop(columns or PLAIN, tables=[one.mapped.model_dump() for one in lookups])
    parsed = parsed_of(text, mapping=mapping, lookups=lookups)
    return parsed.accepted.select("stock_code", "category", "description").rows()


def test_lines_are_told_what_the_table_says_of_their_item():
    assert found(LINES, lookup("ID,Text,Group\nA,Apple,Fruit\nC,,Nuts\n")) == [
        ("A", "Fruit", "Apple"),
        ("B", None, None),
    ]


def test_what_a_line_says_itself_comes_first():
    text = "order,time,item,quantity,price,note\n1,2010-12-01,A,1,1,red one\n1,2010-12-01,A,1,1,\n"
    rows = found(text, lookup("id,text,group\nA,Apple,Fruit\n"), columns={**PLAIN, "description": "note"})
    assert [row[2] for row in rows] == ["red one", "Apple"]


def test_ids_are_joined_as_text_whatever_their_types():
    text = '{"id": 7.0, "text": "Seven", "group": null}\n'
    rows = found(LINES.replace("A", "7"), lookup(text, "products.json"))
    assert rows[0] == ("7", None, "Seven")


def test_two_columns_may_name_a_row_together():
    table = lookup("id,shop,text,group\nA,1,x,Fruit\nA,2,x,Nuts\n", join={"item": "id", "order": "shop"})
    assert [row[1] for row in found(LINES, table)] == ["Fruit", None]


def test_repeats_of_a_row_are_one_and_an_id_with_two_texts_is_refused():
    assert lookup("id,text,group\nA,x,y\nA,x,y\n").rows.height == 1
    with pytest.raises(UnreadableFile, match="A stands in it twice with other values"):
        lookup("id,text,group\nA,x,y\nA,x,z\n")


def test_a_table_without_its_columns_is_refused():
    with pytest.raises(UnreadableFile, match="the header is 'id,text'"):
        lookup("id,text\nA,x\n")
