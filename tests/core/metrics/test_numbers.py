"""Every metric against numbers worked out by hand from the twelve lines of `literal.py`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone

import pytest

from aieco_assets.core.contracts import MetricResult
from aieco_assets.core.metrics.answer import Reply
from aieco_assets.core.metrics.catalog import METRICS, listed

Measured = Callable[[str], MetricResult]
Asked = Callable[[str], Reply | None]

ALL = {
    "How much revenue did we make?": ("revenue", 93.01),  # 20 + 5.01 + 30 + 10 + 10 + 12 + 6
    "What was our net revenue?": ("net_revenue", 81.01),  # less 10 and 2
    "How many orders did we get?": ("orders", 6),
    "How many customers do we have?": ("customers", 4),  # the one of invoice 1003 is unknown
    "How many items did we sell?": ("items_sold", 23),
    "How many different items did we sell?": ("different_items", 3),
    "What is our average order value?": ("average_order_value", 15.5),
    "How many items are in an average order?": ("items_per_order", 3.8333),  # 23 / 6
    "What is our average selling price?": ("average_price", 4.04),  # 93.01 / 23
    "How much does a customer spend on average?": ("revenue_per_customer", 20.75),  # 83.01 / 4, without invoice 1003
    "How many orders does the average customer place?": ("orders_per_customer", 1.25),  # 5 / 4
    "How many countries do we sell to?": ("countries", 4),
    "How many returns did we have?": ("returns", 2),  # the cancelled postage is none
    "How many items were returned?": ("returned_items", 3),
    "What was our returned value?": ("returned_value", 12.0),
    "What is our return rate?": ("return_rate", 0.129),
}


@pytest.mark.parametrize(("question", "told"), ALL.items())
def test_a_metric_over_all_the_data(measured: Measured, question: str, told: tuple[str, float]) -> None:
    result = measured(question)

    assert (result.name, result.value) == told
    assert (result.filters.first_day, result.filters.last_day) == (date(2010, 12, 1), date(2011, 12, 9))


def test_every_metric_is_tried_here_and_its_own_example_asks_for_it(measured: Measured) -> None:
    assert {name for name, _ in ALL.values()} == set(METRICS)
    for metric in METRICS.values():
        assert measured(metric.example).name == metric.name


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How many sales have we made in the past year in the UK?", 2),
        ("How many orders did we get from Ireland?", 1),
        ("How many orders did we get from Germany and France?", 2),
        ("How many orders did we get from Germany in March 2011?", 1),
        ("How many orders did we get from Germany in April 2011?", 0),
        ("How many orders did we get since December 2011?", 2),
        ("How many orders did we get before March 2011?", 1),
        ("How many orders were there yesterday?", 1),
        ("How many brass reading lamps did we sell?", 6),
        ("How many reading lamps did we sell in the UK?", 3),
        ("How many units of 20202 were sold in the past month?", 10),
        ("revenue of brass reading lamp in 2011", 42.0),
        ("How many customers bought a brass reading lamp?", 2),
        ("How often was the paper star lantern white ordered?", 2),
        ("How many of the brass reading lamps were returned?", 1),
    ],
)
def test_filters_leave_exactly_what_the_question_names(measured: Measured, question: str, value: float) -> None:
    assert measured(question).value == value


@pytest.mark.parametrize(
    ("question", "rows", "groups"),
    [
        (
            "What was our revenue by country?",
            [("United Kingdom", 47.01), ("Germany", 30.0), ("EIRE", 10.0), ("France", 6.0)],
            4,
        ),
        (
            "revenue by month in 2011",
            [("March 2011", 40.0), ("November 2011", 10.0), ("December 2011", 18.0)],
            3,
        ),
        ("orders by quarter", [("Q4 2010", 1), ("Q1 2011", 2), ("Q4 2011", 3)], 3),
        ("orders per year", [("2010", 1), ("2011", 5)], 2),
        ("orders by day in December 2011", [("8 December 2011", 1), ("9 December 2011", 1)], 2),
        (
            "top 2 items",
            [("BRASS READING LAMP (20201)", 52.0), ("BEESWAX PILLAR CANDLE (20203)", 16.0)],
            3,
        ),
        ("Which country had the fewest customers?", [("EIRE", 0)], 4),
        (
            "Which items were returned most?",
            [("PAPER STAR LANTERN WHITE (20202)", 2), ("BRASS READING LAMP (20201)", 1)],
            2,
        ),
        (
            "What is our return rate by country?",
            [("Germany", 0.3333), ("United Kingdom", 0.0425), ("EIRE", 0.0), ("France", 0.0)],
            4,
        ),
    ],
)
def test_groups_are_whole_and_in_order(
    measured: Measured, question: str, rows: list[tuple[str, float]], groups: int
) -> None:
    result = measured(question)

    assert [(row.label, row.value) for row in result.rows] == rows
    assert result.groups == groups


def test_an_answer_says_what_was_counted_where_when_and_how_fresh_it_is(asked: Asked) -> None:
    replied = asked("How many sales have we made in the past year in the UK?")

    assert replied is not None and replied.sure
    answer = replied.answer
    assert answer.answer == (
        "The number of orders in the United Kingdom from 10 December 2010 to 9 December 2011 "
        "(the past year; seen from the latest day with data, 9 December 2011) was 2."
    )
    assert (answer.verified, answer.abstained, answer.citations) == (True, False, ())
    assert answer.knowledge_base.version == 7
    metric = answer.metric
    assert metric is not None
    assert (metric.as_of, metric.loaded_at) == (date(2011, 12, 9), datetime(2011, 12, 10, 6, 30, tzinfo=timezone.utc))
    assert (metric.filters.countries, metric.filters.period) == (("United Kingdom",), "the past year")
    assert metric.tables == ("marts.fct_sales_lines",)


def test_a_period_that_runs_over_the_data_is_cut_and_says_so(asked: Asked) -> None:
    replied = asked("What was our revenue in 2011?")

    assert replied is not None
    assert replied.answer.answer == (
        "Revenue from 1 January 2011 to 9 December 2011 (as far as there is data) was £68.00."
    )


def test_groups_are_told_in_one_sentence_with_the_whole(asked: Asked) -> None:
    replied = asked("Which country had the highest revenue in March 2011?")

    assert replied is not None
    assert replied.answer.answer == (
        "Revenue by country from 1 March 2011 to 31 March 2011, highest: Germany £30.00; £40.00 in all."
    )


def test_nothing_to_divide_by_has_no_value_instead_of_a_nought(asked: Asked) -> None:
    replied = asked("What was our average order value in April 2011?")

    assert replied is not None and replied.answer.metric is not None
    assert replied.answer.metric.value is None
    assert "has no value" in replied.answer.answer


OUT_OF_DATA = "The sales data runs from 1 December 2010 to 9 December 2011: there is nothing for the days asked for."


@pytest.mark.parametrize(
    ("question", "sentence", "sure"),
    [
        (
            "How many sales in Peru?",
            "There are no sales in Peru: there are in EIRE, France, Germany and United Kingdom.",
            True,
        ),
        ("How many sales from Germny did we get?", None, False),
        ("How many orders did we get from Germny?", "There are no sales in Germny: Germany may be meant.", False),
        (
            "revenue of item 20209",
            "There is no item 20209 among the sales: the nearest are 20204, 20203 and 20202.",
            True,
        ),
        (
            "How many candles did we sell?",
            "“candles” may be 2 items, such as BEESWAX PILLAR CANDLE (20203) and BEESWAX TAPER CANDLE (20204): "
            "ask by the stock code, or by all its words.",
            True,
        ),
        (
            "How many bras reeding lamps did we sell?",
            "No item is called “bras reeding lamps”: the nearest is BRASS READING LAMP (20201).",
            False,
        ),
        ("How many orders did we get in 2009?", OUT_OF_DATA, True),
        ("What was the revenue in 2024?", OUT_OF_DATA, False),
        ("How many parcels did we sell?", None, False),
        ("How many orders did we get from Narnia?", None, False),
    ],
)
def test_what_the_warehouse_does_not_have_is_named_and_never_guessed(
    asked: Asked, question: str, sentence: str | None, sure: bool
) -> None:
    replied = asked(question)

    assert (replied and replied.answer.answer) == sentence
    if replied is not None:
        assert (replied.sure, replied.answer.abstained, replied.answer.verified) == (sure, True, False)
        assert replied.answer.metric is None


def test_the_catalogue_is_listed_with_its_sql_and_nothing_to_fill_in_but_parameters() -> None:
    for metric in listed():
        assert metric["sql"].count("%(") == 18
        assert set(metric) == {"name", "definition", "unit", "example", "tables", "filters", "groupings", "sql"}
