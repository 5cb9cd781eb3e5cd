"""Numbers as people and programs write them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aieco_assets.core.retail.lines.numbers import Marks, as_decimal, marks_of
from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.shop.mapping import Written
from tests.core.retail.parsing import parsed_of, shop

POINT, COMMA = Marks(".", ",'"), Marks(",", ".'")


def told(*values: str, typed: bool = False, **written: object) -> Marks:
    return marks_of([("Price", pl.Series(values))], Written.model_validate(written), typed)


def number(value: object, marks: Marks = POINT, scale: int = 6) -> Decimal | None:
    found = as_decimal(pl.Series([value]), marks, scale)
    assert found.dtype == pl.Decimal(28, scale)
    return found[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.55", "2.55"),
        (" 2.55 ", "2.55"),
        ("+2.55", "2.55"),
        (".5", "0.5"),
        ("2.5500000000", "2.55"),
        ("1,249.00", "1249"),
        ("1'249.00", "1249"),
        ("1 249.00", "1249"),
        ("1\u202f249.00", "1249"),
        ("1,234,567", "1234567"),
        ("£2.55", "2.55"),
        ("$ 2.55", "2.55"),
        ("US$2.55", "2.55"),
        ("2.55 €", "2.55"),
        ("EUR 2.55", "2.55"),
        ("2.55 CHF", "2.55"),
        ("-£2.55", "-2.55"),
        ("£-2.55", "-2.55"),
        ("(2.55)", "-2.55"),
        ("($2.55)", "-2.55"),
        ("2.55-", "-2.55"),
        ("\u22122.55", "-2.55"),
        ("0.30000000000000004", "0.3"),
        ("99999999999.999999", "99999999999.999999"),
    ],
)
def test_a_number_with_a_decimal_point(text: str, value: str):
    assert number(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [("2,55", "2.55"), ("1.249,00", "1249"), ("1.249", "1249"), ("12,5 €", "12.5"), ("-0,5", "-0.5"), ("7", "7")],
)
def test_a_number_with_a_decimal_comma(text: str, value: str):
    assert number(text, COMMA) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        *[(text, POINT) for text in ("", "-", "free", "NaN", "1e5", "2.5.5", "1,24.00", "2,55", "12,34", "0x10")],
        *[(text, POINT) for text in ("2.5555555", "123456789012", "1..2", "--2", "((2))")],
        *[(text, COMMA) for text in ("2.55", "1.24,5", "1,2,3", "2,5555555")],
    ],
)
def test_what_is_no_number_by_these_marks_is_none(text: str, marks: Marks):
    assert number(text, replace(marks, said=True)) is None


def test_a_column_that_only_the_other_mark_reads_is_read_by_it_unless_the_mapping_says_which():
    assert number("0,90", POINT) == Decimal("0.9")
    assert number("0,90", replace(POINT, said=True)) is None


@pytest.mark.parametrize(
    ("value", "scale", "found"),
    [
        (0.1 + 0.2, 6, "0.3"),
        (1.15 * 100, 4, "115"),
        (2.5555555, 6, None),
        (float("nan"), 6, None),
        (float("inf"), 6, None),
        (1e300, 6, None),
        (1e11, 4, None),
        (10**11, 4, None),
        (10**11 - 1, 4, "99999999999"),
        (Decimal(10**11), 6, None),
        (7, 4, "7"),
        (-(2**36), 4, str(-(2**36))),
        (Decimal("2.5500000000"), 6, "2.55"),
        (Decimal("2.5555555"), 6, None),
    ],
)
def test_values_of_typed_files(value: object, scale: int, found: str | None):
    assert number(value, scale=scale) == (None if found is None else Decimal(found))


def test_one_clear_number_tells_the_marks_of_all():
    assert told("1.249", "12,50") == COMMA
    assert told("1,249", "12.50") == POINT
    assert told("1.249,00") == told("1.234.567") == told("0,125") == COMMA
    assert told("7", "8").decimal == "."


def test_the_columns_of_a_file_tell_together():
    columns = [("Quantity", pl.Series(["1.200", "2"])), ("Price", pl.Series(["2,50", "1,25"]))]
    assert marks_of(columns, Written.model_validate({}), False) == COMMA


def test_a_number_that_may_be_two_is_refused_until_the_mapping_says():
    with pytest.raises(
        UnreadableFile, match=r"Price is '1\.200', which may be 1200 or 1\.200: say which in shop\.yaml"
    ):
        told("1.200", "7")
    assert told("1.200", decimal=".") == replace(POINT, said=True)
    assert told("1.200", decimal=",").decimal == ","
    assert told("1.200", thousands=".").decimal == ","
    assert told("1.200", typed=True) == POINT


def test_a_point_between_commas_begins_decimals():
    prices = [("Price", pl.Series(["2.555"]))]
    written = Written.model_validate({})
    assert marks_of(prices, written, typed=False, delimiter=",") == POINT
    for column, delimiter in ((["2.555"], ";"), (["2,555"], ",")):
        with pytest.raises(UnreadableFile, match=r"which may be 2555 or 2\.555"):
            marks_of([("Price", pl.Series(column))], written, typed=False, delimiter=delimiter)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=20),
    st.sampled_from([(".", ","), (".", ""), (".", " "), (".", "'"), (",", "."), (",", ""), (",", "\u202f")]),
    st.sampled_from(["{}", "£{}", "{} €", "EUR {}"]),
)
def test_money_in_the_marks_of_any_country_reads_back(values: list[Decimal], marks: tuple[str, str], money: str):
    decimal, thousands = marks
    swap = {",": thousands, ".": decimal}
    texts = [money.format("".join(swap.get(sign, sign) for sign in f"{value:,.2f}")) for value in values]
    column = pl.Series(texts)
    found = as_decimal(column, marks_of([("Price", column)], Written.model_validate({}), False), 6)
    assert found.to_list() == values


def test_the_largest_numbers_that_are_loaded_can_be_multiplied():
    largest = "99999999999"
    parsed = parsed_of(f"order,time,item,quantity,price\n1,2010-12-01,A,{largest},{largest}\n", mapping=shop())
    assert parsed.accepted["amount"].to_list() == [Decimal(largest) ** 2]
