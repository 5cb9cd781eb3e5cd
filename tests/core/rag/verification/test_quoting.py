"""What a quote does not say is refused, each way of saying it wrongly apart."""

from __future__ import annotations

import pytest

from aieco_assets.core.rag.verification.quoting import contradiction, unsupported_numbers

RETURNS = (
    "Goods ordered online can be returned within 30 days of delivery, and the refund is paid within 5 working days."
)


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("Goods ordered online can be returned within 30 days of delivery.", RETURNS),
        ("The refund is paid within 5 working days.", RETURNS),
        ("Members may borrow up to 6 books.", "Members may borrow up to 6 books."),
        ("An order is refunded after 10 days.", "Orders are refunded after 10 days."),
        (
            "Employees can expense up to $1,000 for fitness programs.",
            "Employees can expense up to $1000 for fitness programs, making it easier to stay healthy.",
        ),
        ("The phone number of the compliance hotline is 1-800-555-1212.", "The compliance hotline: 1-800-555-1212."),
        ("Contoso will not sell your personal data.", "Contoso will not sell your personal data."),
    ],
)
def test_the_quotes_own_words_are_supported(answer: str, quote: str):
    assert contradiction(answer, quote) == ""


@pytest.mark.parametrize(
    ("answer", "quote", "why"),
    [
        ("Goods can be returned within 60 days.", RETURNS, "number 60"),
        ("Goods ordered online can be returned within 5 working days.", RETURNS, "other words"),
        (
            "A complaint is acknowledged within 10 working days.",
            "We acknowledge a complaint within 1 working day and settle it within 10 working days.",
            "other words",
        ),
        (
            "The electric vans will be replaced by the end of 2028.",
            "Of our 42 delivery vans 18 are electric; the rest will be replaced by the end of 2028.",
            "other words",
        ),
        ("Smith approves overtime.", "The store manager approves overtime.", "other words"),
        ("Overtime is approved by Jane Smith.", "Overtime is approved by Jane Doe.", "name smith"),
        ("PerksPlus covers travel expenses.", "PerksPlus does not cover travel expenses.", "denies"),
        ("PerksPlus does not cover yoga.", "PerksPlus covers yoga.", "denies"),
        ("Write to sales@shop.example.", "Write to help@shop.example.", "address sales@shop.example"),
        ("Employees must take 5 days.", "Employees may take 5 days.", "other words"),
        ("At least 5 days can be carried over.", "Up to 5 days can be carried over.", "other words"),
        ("Reports are due by 31 March.", "Reports are due from 31 March.", "other words"),
        ("Managers report to clerks.", "Clerks report to managers.", "other words"),
        (
            "Its warranty becomes 4 years.",
            "If you register a lamp within 30 days, its warranty becomes 4 years.",
            "leaves out: If you register",
        ),
        ("Before 8 pm, and before 4 pm.", "The order is placed before 8 pm, and before 4 pm on Sundays.", "breaks off"),
        ("When do gift cards expire?", "Gift cards expire after 24 months.", "states nothing"),
        ("Yes.", "Gift cards expire after 24 months.", "states nothing"),
    ],
)
def test_what_the_quote_does_not_say_is_refused(answer: str, quote: str, why: str):
    assert why in contradiction(answer, quote)


def test_numbers_are_compared_by_value_and_not_by_spelling():
    assert unsupported_numbers("It costs £1,000.00 or 5.5 percent.", ["£1000 ... 5.50 %"]) == []
    assert unsupported_numbers("It costs £1,001.", ["£1000"]) == ["1001"]
    assert unsupported_numbers("It takes seven days.", ["7 days"]) == []
    assert unsupported_numbers("It takes eight days.", ["7 days"]) == ["8"]
    assert unsupported_numbers("Call 1-800-555-1212.", ["at 1-\n800-555-1212"]) == []
