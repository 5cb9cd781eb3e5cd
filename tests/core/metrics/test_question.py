"""What is taken as a question for the warehouse, and, more important, what is not."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aieco_assets.core.metrics.phrase_patterns import NOUNS
from aieco_assets.core.metrics.question import parse

SAMPLE = Path(__file__).parents[3] / "aieco_assets" / "core" / "sample" / "questions.jsonl"
LATEST = date(2011, 12, 9)


def questions(file: Path) -> list[str]:
    return [json.loads(line)["question"] for line in file.read_text().splitlines()]


@pytest.mark.parametrize("question", questions(SAMPLE))
def test_no_golden_question_of_the_sample_is_taken(question: str) -> None:
    assert parse(question) is None


def test_no_question_about_the_real_documents_is_taken(real_data: Path) -> None:
    asked = questions(real_data / "documents" / "questions.jsonl")

    assert [question for question in asked if parse(question) is not None] == []
    assert len(asked) >= 20


@pytest.mark.parametrize(
    "question",
    [
        "How many days do I have to return an item?",
        "What is the price matching policy?",
        "How much can employees expense?",
        "How many items can I return?",
        "How many orders may a customer cancel in the UK?",
        "How many orders do we have to keep on file for 2011?",
        "How much does a return cost in Germany?",
        "What is the return rate?",
        "What is the returns policy in the UK?",
        "What is our returns policy in 2011?",
        "How long do refunds take?",
        "How many invoices did the company receive in 2011?",
        "What purchases did the company make in 2011?",
        "What was our profit growth in 2011?",
        "What are the sales targets for 2011?",
        "How many sales people did we hire last year?",
        "How many stores do we have in the UK?",
        "How many customers do we have to serve per day?",
        "sales",
        "orders",
        "What was the profit in 2011?",
        "How much money did we make after tax last year?",
        # A word that narrows the question must never be dropped.
        "How many orders did we not get in the UK?",
        "How many orders above 100 kilograms did we get in 2011?",
        "What was our revenue in 2011 compared with our competitors'?",
        "Is our revenue up?",
        "How many orders did we get on 2011-02-30?",
        "How many orders did we get in 2011? And in 2010?",
        "",
        "?!",
    ],
)
def test_what_may_ask_for_anything_else_is_left_to_the_documents(question: str) -> None:
    assert parse(question) is None


@pytest.mark.parametrize(
    ("question", "metric", "places", "period", "group"),
    [
        ("How many sales have we made in the past year in the UK?", "orders", ("uk",), "in the past year", ""),
        ("how many sales have we made in the past year in the U.K.", "orders", ("uk",), "in the past year", ""),
        ("Can you tell me how many orders we got from Great Britain?", "orders", ("great britain",), None, ""),
        ("How many customers bought from us in the US last month?", "customers", ("usa",), "last month", ""),
        ("HOW MANY CUSTOMERS BOUGHT FROM US LAST MONTH?", "customers", (), "last month", ""),
        ("What was our revenue in France and Germany by month?", "revenue", ("france", "germany"), None, "month"),
        ("UK revenue 2011", "revenue", ("uk",), "2011", ""),
        ("monthly revenue in 2011", "revenue", (), "in 2011", "month"),
        ("What were total sales in the Netherlands?", "revenue", ("netherlands",), None, ""),
        ("How many items did we sell yesterday?", "items_sold", (), "yesterday", ""),
        ("How many different products were sold in 2011?", "different_items", (), "in 2011", ""),
        ("How many items did customers return in May?", "returned_items", (), "in may", ""),
        ("How many orders were cancelled last quarter?", "returns", (), "last quarter", ""),
        ("What was our average order value?", "average_order_value", (), None, ""),
        ("Show me the value of refunds per country, please", "returned_value", (), None, "country"),
        ("net sales since June", "net_revenue", (), "since june", ""),
    ],
)
def test_the_words_of_a_question_become_metric_and_filters(
    question: str, metric: str, places: tuple[str, ...], period: str | None, group: str
) -> None:
    asked = parse(question)

    assert asked is not None
    said = asked.period.said if asked.period else None
    assert (asked.metric, asked.places, said, asked.group) == (metric, places, period, group)


@pytest.mark.parametrize(
    ("question", "metric", "group", "order", "top"),
    [
        ("top 5 items", "revenue", "item", "most", 5),
        ("What are our top three countries by number of orders?", "orders", "country", "most", 3),
        ("Which country had the lowest revenue?", "revenue", "country", "least", 1),
        ("Which items were returned most often?", "returned_items", "item", "most", 10),
        ("What is our best-selling item?", "items_sold", "item", "most", 1),
        ("Which customer bought the most items?", "items_sold", "customer", "most", 1),
        ("Which customers spent the most?", "revenue", "customer", "most", 10),
        ("top 3 departments in 2011", "revenue", "departments", "most", 3),
        ("In which month did we have the most customers?", "customers", "month", "most", 1),
    ],
)
def test_rankings_name_the_group_the_order_and_how_many(
    question: str, metric: str, group: str, order: str, top: int
) -> None:
    asked = parse(question)

    assert asked is not None
    assert (asked.metric, asked.group, asked.order, asked.top) == (metric, group, order, top)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("in the past year", "2010-12-10", "2011-12-09"),
        ("in the last 12 months", "2010-12-10", "2011-12-09"),
        ("over the past two weeks", "2011-11-26", "2011-12-09"),
        ("last year", "2010-01-01", "2010-12-31"),
        ("this year", "2011-01-01", "2011-12-31"),
        ("last month", "2011-11-01", "2011-11-30"),
        ("last week", "2011-11-28", "2011-12-04"),
        ("last quarter", "2011-07-01", "2011-09-30"),
        ("yesterday", "2011-12-08", "2011-12-08"),
        ("today", "2011-12-09", "2011-12-09"),
        ("in 2011", "2011-01-01", "2011-12-31"),
        ("in March 2011", "2011-03-01", "2011-03-31"),
        ("in March", "2011-03-01", "2011-03-31"),
        ("in Q1 2011", "2011-01-01", "2011-03-31"),
        ("in the first quarter of 2011", "2011-01-01", "2011-03-31"),
        ("on 5 March 2011", "2011-03-05", "2011-03-05"),
        ("on March 5th, 2011", "2011-03-05", "2011-03-05"),
        ("on 2011-03-05", "2011-03-05", "2011-03-05"),
        ("between March and May 2011", "2011-03-01", "2011-05-31"),
        ("from November to February 2011", "2010-11-01", "2011-02-28"),
        ("from 2010-12-01 to 2011-01-31", "2010-12-01", "2011-01-31"),
        ("since June 2011", "2011-06-01", None),
        ("until March 2011", None, "2011-03-31"),
        ("before March 2011", None, "2011-02-28"),
        ("after 5 March 2011", "2011-03-06", None),
        ("so far", None, None),
    ],
)
def test_periods_are_days_seen_from_the_latest_day_with_data(words: str, first: str | None, last: str | None) -> None:
    asked = parse(f"How many orders did we get {words}?")

    assert asked is not None and asked.period is not None
    assert asked.period.days(LATEST) == tuple(day and date.fromisoformat(day) for day in (first, last))


def test_a_day_that_a_shorter_month_lacks_counts_back_to_its_last_day() -> None:
    asked = parse("orders in the past month")

    assert asked is not None and asked.period is not None
    assert asked.period.days(date(2011, 3, 31)) == (date(2011, 3, 1), date(2011, 3, 31))


@pytest.mark.parametrize(
    ("question", "item", "place"),
    [
        ("How many brass reading lamps did we sell in 2011?", "brass reading lamps", ""),
        ("revenue from item 20201 by month", "20201", ""),
        ("How often was the brass reading lamp ordered in Spain?", "brass reading lamp", ""),
        ("How many customers bought a candle?", "candle", ""),
        ("How many orders did we get from Narnia?", "", "narnia"),
    ],
)
def test_words_that_only_the_warehouse_knows_make_a_question_unsure(question: str, item: str, place: str) -> None:
    asked = parse(question)

    assert asked is not None and not asked.sure
    assert (asked.item, asked.place) == (item, place)


def test_every_noun_names_a_metric_of_the_catalogue() -> None:
    from aieco_assets.core.metrics.catalog import METRICS

    assert {name for name, _ in NOUNS} == set(METRICS)


WORDS = """
    how many much what which was were is are our the sales orders items revenue customers returns did have we sold made
    returned in from to of for by per top 5 month country item past last year 3 months 2011 march uk france narnia lamp
    ' ; -- % ( ) \\ ? , . 99999999999999999999 2011-13-45 0
"""


@given(st.one_of(st.text(max_size=400), st.lists(st.sampled_from(WORDS.split()), max_size=14).map(" ".join)))
def test_any_text_is_a_question_or_none_and_never_an_error(text: str) -> None:
    asked = parse(text)

    if asked is not None and asked.period is not None:
        first, last = asked.period.days(LATEST)
        assert first is None or last is None or first <= last
