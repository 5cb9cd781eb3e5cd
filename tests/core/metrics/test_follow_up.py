"""What a follow-up names takes the place of its like in a question for a number, and nothing else changes."""

from __future__ import annotations

from datetime import date

import pytest

from aieco_assets.core.metrics.follow_up import completed_metric
from aieco_assets.core.metrics.question import parse

JUGS = "How many blue jugs did we sell in May?"
ITALY = "What was our revenue in Italy last month?"
QUARTERS = "How many orders did we get in 2024 by quarter?"
LATEST = date(2025, 9, 30)


@pytest.mark.parametrize(
    ("before", "asked", "whole"),
    [
        ("How many blue jugs did we sell?", "in May", "how many blue jugs did we sell in may"),
        (JUGS, "and red jugs?", "how many red jugs did we sell in may"),
        (ITALY, "and in Spain?", "what was our revenue in spain last month"),
        (ITALY, "and last year", "what was our revenue in italy last year"),
        (ITALY, "How many orders was that?", "how many orders did we get in italy last month"),
        (JUGS, "How much revenue was that?", "what was our revenue from blue jugs in may"),
        (ITALY, "and how many customers?", "how many customers did we have in italy last month"),
        (ITALY, "what about returns?", "how many returns did we have in italy last month"),
        ("How many orders did we get in 2024?", "by quarter please", "how many orders did we get in 2024 by quarter"),
        (QUARTERS, "and by country", "how many orders did we get in 2024 by country"),
        ("How many orders did we get in 2024 by country?", "in total", "how many orders did we get in 2024"),
        ("What was our revenue by country last month?", "only Spain", "what was our revenue in spain last month"),
        ("How many customers did we get in May 2024?", "and in April?", "how many customers did we have in april 2024"),
    ],
)  # fmt: skip
def test_a_follow_up_becomes_a_question_for_a_number(before: str, asked: str, whole: str) -> None:
    assert completed_metric(asked, before) == whole
    assert parse(whole) is not None


@pytest.mark.parametrize(
    ("before", "asked", "days"),
    [
        ("in March", "and the month before?", (date(2025, 2, 1), date(2025, 2, 28))),
        ("in January", "and the month before that?", (date(2024, 12, 1), date(2024, 12, 31))),
        ("in November", "the next month", (date(2024, 12, 1), date(2024, 12, 31))),
        ("last month", "and the previous month?", (date(2025, 7, 1), date(2025, 7, 31))),
        ("last quarter", "and the quarter before", (date(2025, 1, 1), date(2025, 3, 31))),
        ("in March 2025", "a year earlier", (date(2024, 3, 1), date(2024, 3, 31))),
        ("in 2024", "and the year before?", (date(2023, 1, 1), date(2023, 12, 31))),
        ("in the month before March", "and the month before that?", (date(2025, 1, 1), date(2025, 1, 31))),
    ],
)
def test_the_month_before_is_counted_from_the_period_that_was_asked_for(
    before: str, asked: str, days: tuple[date, date]
) -> None:
    whole = completed_metric(asked, f"How many orders did we get {before}?")

    found = parse(whole or "")
    assert found is not None and found.period is not None
    assert found.period.days(LATEST) == days


@pytest.mark.parametrize(
    "asked",
    [
        "And repairs?",
        "and in the contract?",
        "What about delivery?",
        "How long is the guarantee?",
        "and how long is the guarantee?",
        "What was our revenue?",
        "How many items did we sell in 2023?",
        "",
        "?",
    ],
)
def test_what_names_no_filter_or_stands_by_itself_is_left_alone(asked: str) -> None:
    assert completed_metric(asked, "How many orders did we get last month?") is None


def test_a_question_for_the_documents_has_no_number_to_follow() -> None:
    assert completed_metric("and in Spain?", "How long is the guarantee?") is None
