"""Amounts with a sign or a code beside them: one file is one currency, or says which counts."""

from __future__ import annotations

import pytest

from aieco_assets.core.retail.records import UnreadableFile
from aieco_assets.core.retail.rows import ParsedFile
from tests.core.retail.parsing import PLAIN, parsed_of, shop


def parse(*prices: str, **entries: str) -> ParsedFile:
    lines = [f"{index};2010-12-01;A;1;{price}" for index, price in enumerate(prices, start=1)]
    return parsed_of("\n".join(["order;time;item;quantity;price", *lines]) + "\n", mapping=shop(PLAIN, **entries))


@pytest.mark.parametrize(
    ("prices", "currency"),
    [
        (("1,50 €", "EUR 2,00", "3,00"), "EUR"),
        (("$1.50", "-$2.00", "US$3.00", "4.00 USD"), "USD"),
        (("$1.50", "($2.00)"), "$"),
        (("1 249,50 zł", "2,00 PLN"), "PLN"),
        (("12,50 kr", "kr. 2,50"), "KR"),
        (("Rs. 9.50", "₹1.25"), "INR"),
        (("1.50 net", "2.50 per"), ""),
        (("1.50", "2.50"), ""),
    ],
)
def test_marks_of_one_currency_name_it(prices: tuple[str, ...], currency: str):
    parsed = parse(*prices)
    assert (parsed.accepted.height, parsed.currency) == (len(prices), currency)


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        (("1.50", "€1.50", "$2.00"), r"price changes from EUR to \$ in row 4: .*currency: EUR\)"),
        (("$1.50", "€2.00"), r"price changes from \$ to EUR in row 3: .*currency: USD\)"),
        (("1.50 EUR", "2.00 USD"), "price changes from EUR to USD in row 3"),
    ],
)
def test_a_currency_that_changes_sets_the_file_aside(prices: tuple[str, ...], said: str):
    with pytest.raises(UnreadableFile, match=said):
        parse(*prices)


def test_the_currency_that_the_mapping_says_counts_and_other_lines_are_rejected():
    parsed = parse("€1.50", "$2.00", "3.00", "4.00 USD", currency="EUR")
    assert parsed.accepted["invoice_no"].to_list() == ["1", "3"]
    assert [*parsed.rejected["reason"]] == ["price is not in EUR"] * 2
    assert parse("$1.50", "2.00", "CA$3.00", currency="CAD").accepted.height == 3
