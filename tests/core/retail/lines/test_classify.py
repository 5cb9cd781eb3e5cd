"""What a line is, by the rules of the shop's mapping."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from aieco_assets.core.retail.records import UnreadableFile
from tests.core.retail.parsing import PLAIN, parsed_of, shop

HEADER = "order,time,item,quantity,price,who,kind,group"
COLUMNS = {**PLAIN, "customer": "who", "order_type": "kind", "category": "group"}


def line(order="1", item="A", quantity="2", price="3", who="w", kind="", group="") -> str:
    return f"{order},2010-12-01 08:00:00,{item},{quantity},{price},{who},{kind},{group}"


def row(text: str, **rules: Any) -> dict[str, Any]:
    parsed = parsed_of(f"{HEADER}\n{text}\n", mapping=shop(COLUMNS, **rules))
    assert parsed.rejected.height == 0
    return parsed.accepted.row(0, named=True)


@pytest.mark.parametrize(
    ("rule", "fitting", "other"),
    [
        ({"order_prefixes": ["C"]}, line("C17"), line("Chair 5")),
        ({"order_prefixes": ["R-"]}, line("r-17"), line("17R-")),
        ({"order_types": ["Refund"]}, line(kind="REFUND"), line(kind="refunded")),
        ({"items": ["GIFT_*", "m"]}, line(item="gift_20"), line(item="gift")),
        ({"items": ["GIFT_*", "m"]}, line(item="M"), line(item="MM")),
        ({"categories": ["service*"]}, line(group="Services"), line(group="Self service")),
        ({"customers": ["staff"]}, line(who="Staff"), line(who="")),
        ({"negative": "quantity"}, line(quantity="-2"), line()),
        ({"negative": "amount"}, line(quantity="-2"), line()),
    ],
)
@pytest.mark.parametrize(
    ("entry", "kind"),
    [("returns", "return"), ("adjustments", "adjustment"), ("non_products", "non_product"), ("tests", "test")],
)
def test_a_rule_takes_the_lines_that_fit_and_no_others(rule: dict, fitting: str, other: str, entry: str, kind: str):
    assert row(fitting, **{entry: rule})["line_type"] == kind
    assert row(other, **{entry: rule})["line_type"] == "sale"


def test_of_several_rules_tests_come_first_then_adjustments_then_what_is_no_product():
    rules = {
        "tests": {"items": ["T"]},
        "adjustments": {"items": ["T", "B"]},
        "non_products": {"items": ["T", "B", "POST"]},
        "returns": {"negative": "quantity"},
    }
    kinds = [row(line(item=item, quantity="-1"), **rules) for item in ("T", "B", "POST", "A")]
    assert [kind["line_type"] for kind in kinds] == ["test", "adjustment", "non_product", "return"]
    assert [kind["is_product"] for kind in kinds] == [False, False, False, True]


def test_an_order_that_takes_back_says_so_of_all_of_its_lines():
    rules = {"returns": {"order_prefixes": ["C"]}, "non_products": {"items": ["POST"]}}
    postage = row(line("C1", item="POST", quantity="-1"), **rules)
    assert (postage["line_type"], postage["order_type"]) == ("non_product", "cancellation")
    assert row(line("1"), **rules)["order_type"] is None
    assert row(line(kind="void"), adjustments={"order_types": ["void"]})["order_type"] == "adjustment"


def test_without_a_rule_what_is_given_for_nothing_or_below_zero_is_an_adjustment():
    for text in (line(quantity="-2"), line(price="0"), line(quantity="0"), line(price="-3")):
        assert row(text)["line_type"] == "adjustment"


def test_pieces_that_are_written_off_for_nothing_are_no_return():
    assert row(line(quantity="-2", price="0"), returns={"negative": "quantity"})["line_type"] == "adjustment"


def test_a_return_that_a_type_tells_is_below_zero_however_the_shop_writes_it():
    for quantity in ("2", "-2"):
        found = row(line(quantity=quantity, kind="return"), returns={"order_types": ["return"]})
        assert (found["line_type"], found["quantity"], found["amount"]) == ("return", -2, -6)


def test_a_shop_that_gives_amounts_has_prices_by_division():
    columns = {"time": "time", "item": "item", "amount": "price", "quantity": "quantity"}
    text = "time,item,quantity,price\n2010-12-01,A,3,10\n2010-12-01,B,0,-4\n"
    parsed = parsed_of(text, mapping=shop(columns, returns={"negative": "amount"}))
    assert parsed.accepted.select("unit_price", "amount", "line_type").rows() == [
        (Decimal("3.333333"), Decimal(10), "sale"),
        (Decimal(-4), Decimal(-4), "return"),
    ]


def test_discounts_come_off_the_line_whatever_their_sign():
    columns = {**PLAIN, "discounts": ["off", "coupon"]}
    text = "order,time,item,quantity,price,off,coupon\n1,2010-12-01,A,2,5,1.50,-0.5\n1,2010-12-01,B,-2,5,1.50,\n"
    parsed = parsed_of(text, mapping=shop(columns, returns={"negative": "quantity"}))
    assert parsed.accepted["amount"].to_list() == [Decimal(8), Decimal("-8.5")]


def test_numbers_that_begin_anew_in_each_store_are_told_apart_by_it():
    text = "order,time,item,quantity,price,till\n1,2010-12-01,A,2,5,x\n1,2010-12-01,A,2,5,y\n1,2010-12-01,A,2,5,\n"
    parsed = parsed_of(text, mapping=shop({**PLAIN, "store": "till"}, order_by_store=True))
    assert parsed.accepted["invoice_no"].to_list() == ["1 x", "1 y", "1"]
    assert parsed_of(text, mapping=shop({**PLAIN, "store": "till"})).accepted["invoice_no"].to_list() == ["1"] * 3


def test_a_discount_that_is_no_amount_is_never_taken_as_none():
    columns = {**PLAIN, "discounts": ["off"]}
    text = "order,time,item,quantity,price,off\n1,2010-12-01,A,2,5,10%\n1,2010-12-01,B,2,5,-\n1,2010-12-01,C,2,5,1\n"
    parsed = parsed_of(text, mapping=shop(columns))
    assert parsed.accepted["amount"].to_list() == [Decimal(10), Decimal(9)]
    assert parsed.rejected["reason"].to_list() == ["off is not an amount of money that is taken off"]
    with pytest.raises(UnreadableFile, match="off is not an amount of money that is taken off in any of its 2 rows"):
        parsed_of(text.replace(",-\n", ",5 %\n").replace("1,2010-12-01,C,2,5,1\n", ""), mapping=shop(columns))


@pytest.mark.parametrize(("order", "kind"), [("A1", "sale"), ("C1", "sale"), ("C1", "return")])
def test_of_online_retail_the_sign_makes_a_return_and_no_letter_before_the_number(order: str, kind: str):
    header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
    pieces = -6 if kind == "return" else 6
    parsed = parsed_of(f"{header}\n{order},85123A,HEART,{pieces},2010-12-01 08:26:00,2.55,7,Eire\n")
    assert parsed.accepted["line_type"].to_list() == [kind]
