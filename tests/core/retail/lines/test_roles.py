"""Columns by their roles: what a shop does not have may be missing, and what it has is what it says."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest

from aieco_assets.core.retail.records import UnreadableFile
from tests.core.retail.parsing import PLAIN, parsed_of, shop

HEADER = "order,time,item,quantity,price"
LINE = "1,2010-12-01 08:00:00,A,2,3"


def first(text: str, *args, **entries):
    return parsed_of(text, mapping=shop(*args, **entries)).accepted.row(0, named=True)


def test_a_time_and_an_item_and_a_price_are_all_that_a_shop_needs():
    row = first("when,what,price\n2010-12-01 08:00:00,A,3\n", {"time": "when", "item": "what", "unit_price": "price"})
    assert (row["quantity"], row["amount"], row["line_type"]) == (Decimal(1), Decimal(3), "sale")
    assert (row["customer_id"], row["country"], row["description"]) == (None, None, None)
    assert row["invoice_no"] == "20101201-080000"


def test_without_an_order_number_a_customer_at_a_moment_in_a_store_is_one():
    columns = {"time": "time", "item": "item", "unit_price": "price", "customer": "who", "store": "shop"}
    text = "time,item,price,who,shop\n2010-12-01 08:00:00,A,3,w,S1\n2010-12-01 08:00:00,B,3,w,S2\n"
    assert parsed_of(text, mapping=shop(columns)).accepted["invoice_no"].to_list() == [
        "w 20101201-080000 S1",
        "w 20101201-080000 S2",
    ]


def test_names_are_found_in_any_spelling_and_the_rest_is_kept():
    parsed = parsed_of(f"ORDER,Time,i-tem,QUANTITY,Price,Till\n{LINE},4\n", mapping=shop())
    assert (parsed.accepted.height, parsed.added) == (1, ("Till",))
    assert parsed.shop.layout == "shop.yaml"


def test_of_several_columns_for_a_role_the_first_that_is_not_empty_counts():
    columns = {**PLAIN, "item": ["sku", "item"]}
    text = f"sku,{HEADER}\nX,{LINE}\n,{LINE}\n"
    assert parsed_of(text, mapping=shop(columns)).accepted["stock_code"].to_list() == ["X", "A"]


def test_a_date_and_a_time_of_day_may_stand_apart():
    columns = {**PLAIN, "time": ["day", "clock"]}
    text = "order,day,clock,item,quantity,price\n1,31.12.2010,8:26,A,2,3\n"
    assert first(text, columns)["invoiced_at"] == datetime(2010, 12, 31, 8, 26)


def test_an_object_is_told_by_its_number_or_name():
    columns = {**PLAIN, "customer": "customer"}
    for name, value in (("id", 7), ("email", "7")):
        order = {"order": 1, "time": "2010-12-01", "item": "A", "quantity": 1, "price": 2}
        text = json.dumps({**order, "customer": {name: value, "x": 1}})
        parsed = parsed_of(text, "a.json", shop(columns))
        assert (parsed.accepted["customer_id"].to_list(), parsed.added) == (["7"], ("customer.x",))


def test_what_only_the_first_line_of_an_order_says_holds_for_its_lines():
    columns = {**PLAIN, "customer": "who"}
    text = f"{HEADER},who\n{LINE},w\n1,,B,1,1,\n2,2010-12-02 09:00:00,A,1,1,\n"
    parsed = parsed_of(text, mapping=shop(columns, fill_down=True))
    assert parsed.accepted.select("invoice_no", "stock_code", "customer_id").rows() == [
        ("1", "A", "w"),
        ("1", "B", "w"),
        ("2", "A", None),
    ]
    assert parsed.rejected.height == 0


def test_a_column_that_the_mapping_names_and_the_file_lacks_is_one_sentence():
    with pytest.raises(UnreadableFile, match=r"which lacks price of shop.yaml: mend that, or `aieco init SOURCE`"):
        parsed_of("order,time,item,quantity,cost\n1,2010-12-01,A,1,1\n", mapping=shop())


@pytest.mark.parametrize(
    ("role", "column"), [("order", "InvoiceNo"), ("item", "StockCode"), ("customer", "CustomerID")]
)
@pytest.mark.parametrize("text", ["1.23E+11", "5E+09", '"4,00638E+12"'])
def test_a_number_that_a_spreadsheet_cut_is_several_things(role: str, column: str, text: str):
    names = {"order": "InvoiceNo", "item": "StockCode", "customer": "CustomerID"}
    values = {"order": "1", "item": "A", "customer": "7", role: text}
    header = f"{','.join(names.values())},Description,Quantity,InvoiceDate,UnitPrice,Country"
    good = "1,A,7,X,1,2010-12-01 08:00:00,2,Eire"
    parsed = parsed_of(f"{header}\n{','.join(values.values())}{good[5:]}\n{good}\n")
    assert parsed.rejected["reason"].to_list() == [
        f"{column} is in scientific notation, as a spreadsheet left it: it may be several things"
    ]


def test_codes_that_merely_look_alike_are_kept():
    text = f"{HEADER}\n1E5,2010-12-01,00123,1,1\n1,2010-12-01,5E,1,1\n"
    parsed = parsed_of(text, mapping=shop())
    assert parsed.accepted.select("invoice_no", "stock_code").rows() == [("1E5", "00123"), ("1", "5E")]


class TestCurrency:
    def parse(self, *codes: str, **entries):
        text = "".join(f"{LINE},{code}\n" for code in codes)
        return parsed_of(f"{HEADER},money\n{text}", mapping=shop({**PLAIN, "currency": "money"}, **entries))

    def test_the_one_that_the_lines_name_is_the_shops(self):
        assert self.parse("EUR", "eur", "").currency == "EUR"

    def test_one_that_changes_in_the_middle_is_refused(self):
        with pytest.raises(UnreadableFile, match=r"money changes from EUR to USD in row 3: say in shop.yaml which"):
            self.parse("EUR", "USD", "EUR")

    def test_lines_in_another_than_the_mapping_names_are_rejected(self):
        parsed = self.parse("EUR", "USD", "", currency="EUR")
        assert (parsed.accepted.height, parsed.currency) == (2, "EUR")
        assert parsed.rejected.select("row_number", "reason").rows() == [(3, "money is not EUR")]
