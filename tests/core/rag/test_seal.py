"""What the seal says of an answer, and which quotes are the answer's own words."""

from __future__ import annotations

import pytest

from aieco_assets.core.rag.seal import repeated, seal


@pytest.mark.parametrize(
    ("answer", "quotes", "says"),
    [
        ("It opens at nine.", ["It opens\nat nine."], "quoted"),
        ("Bring:\n- the receipt\n- a card", ["Bring:", "• the receipt", "2. a card"], "quoted"),
        ("It opens at 9 in the morning.", ["It opens at nine."], "verified"),
        ("It opens at nine.\nIt closes early.", ["It opens at nine."], "verified"),
    ],
)
def test_an_answer_is_quoted_where_each_of_its_lines_is_in_the_quotes(answer: str, quotes: list[str], says: str):
    assert seal(answer, quotes) == says


def test_a_quote_is_repeated_where_the_answer_has_all_its_words():
    assert repeated("- the\nreceipt", "Bring:\n- the receipt\n- a card")
    assert not repeated("the receipt, unless it is lost", "Bring:\n- the receipt")
