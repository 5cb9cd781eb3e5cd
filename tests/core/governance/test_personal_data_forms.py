"""What form alone tells: check digits decide, and the words around a value stay."""

from __future__ import annotations

import pytest

from aieco_assets.core.governance.personal_data_forms import find_forms
from aieco_assets.core.governance.personal_data_kinds import KINDS, masked


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("What did customer 17850 buy?", "What did customer <CUSTOMER> buy?"),
        ("What did customers 17850, 17851 and 17852 buy in 2011?", "What did customers <CUSTOMER> buy in 2011?"),
        ("Is customer no. C-17850 active?", "Is customer no. <CUSTOMER> active?"),
        ("Does customer KD70413 or CUST-0042x buy lamps?", "Does customer <CUSTOMER> buy lamps?"),
        ("Do customers by 2011 or in 2012 pay?", "Do customers by 2011 or in 2012 pay?"),
        ("Write to ann@example.org about item 85123A", "Write to <EMAIL_ADDRESS> about item 85123A"),
        ("How many customers did we have in the UK?", "How many customers did we have in the UK?"),
        ("How many days do customers have to return 20201?", "How many days do customers have to return 20201?"),
        ("card 4111 1111 1111 1111 12/29", "card <CREDIT_CARD> 12/29"),
        ("DE89 3704 0044 0532 0130 00 please", "<IBAN_CODE> please"),
        ("DE89 3704 0044 0532 0130 02 please", "DE89 3704 0044 0532 0130 02 please"),
        ("from 256.1.1.1 at 10:20:30", "from 256.1.1.1 at 10:20:30"),
        ("::1 and fe80::1", "::1 and <IP_ADDRESS>"),
        ("+49 (0)30 901820", "<PHONE_NUMBER>"),
        ("2 + 44 is 46, +10% and +5", "2 + 44 is 46, +10% and +5"),
        ("card\u00a04111.1111\u00a01111\n1111!", "card\u00a0<CREDIT_CARD>!"),
        ("in 2010 2011 2012 2015 and 2016", "in 2010 2011 2012 2015 and 2016"),
        ("<PERSON> wrote to <a@b.org>", "<PERSON> wrote to <<EMAIL_ADDRESS>>"),
        ("0000 0000 0000 0000", "0000 0000 0000 0000"),
    ],
)
def test_values_are_masked_and_words_are_not(text: str, told: str) -> None:
    assert masked(text, find_forms(text, KINDS)) == told


@pytest.mark.parametrize("piece", ["a.", "4 ", "GB82 ", "1.", "::", "+4 ", "customer 1", "@", "a@a."])
def test_no_text_makes_a_pattern_run_for_ever(piece: str) -> None:
    assert isinstance(find_forms(piece * 20_000, KINDS), list)  # one that backtracks takes hours
