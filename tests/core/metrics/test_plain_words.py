"""Questions in people's words on the sample's year: each figure is worked out by polars, and none leaves a word out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import polars as pl
import pytest
from pydantic import SecretStr

from aieco_assets.core.contracts import KnowledgeVersion, MetricResult
from aieco_assets.core.metrics.answer import Reply, reply
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema
from tests.core.metrics.sample_shop import load, write_lines

Ask = Callable[[str], Reply | None]
Frame = pl.DataFrame


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Frame:
    return write_lines(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="module")
def ask(platform: Settings, lines: Frame) -> Iterator[Ask]:
    parts = urlsplit(platform.warehouse)
    maintenance = parts._replace(path="/postgres").geturl()
    with connect(maintenance, autocommit=True) as connection:
        connection.execute("create database plain_words")
    url = parts._replace(path="/plain_words").geturl()
    ensure_schema(url)
    load(url, lines)
    settings = platform.model_copy(update={"postgres_url": SecretStr(url)})
    yield lambda question: reply(settings, question, lambda: KnowledgeVersion(0, None))
    with connect(maintenance, autocommit=True) as connection:
        connection.execute("drop database plain_words with (force)")


def days(lines: Frame, first: str, last: str) -> Frame:
    return lines.filter(pl.col("invoice_date").is_between(date.fromisoformat(first), date.fromisoformat(last)))


def of(lines: Frame, country: str) -> Frame:
    return lines.filter(pl.col("country") == country)


def revenue(lines: Frame) -> float:
    return round(float(lines["amount"].sum()), 2)


def orders(lines: Frame) -> int:
    return lines["invoice_no"].n_unique()


def customers(lines: Frame) -> int:
    return lines["customer_id"].drop_nulls().n_unique()


def by_order(lines: Frame) -> Frame:
    return lines.group_by("invoice_no").agg(pl.col("amount").sum(), pl.col("quantity").sum())


def by_customer(lines: Frame) -> Frame:
    known = lines.filter(pl.col("customer_id").is_not_null())
    return known.group_by("customer_id").agg(pl.col("amount").sum(), orders=pl.col("invoice_no").n_unique())


def over(lines: Frame, amount: float) -> Frame:
    return lines.join(by_order(lines).filter(pl.col("amount") > amount), on="invoice_no", how="semi")


def weekday(lines: Frame, *numbers: int) -> Frame:
    return lines.filter(pl.col("invoice_date").dt.weekday().is_in(numbers))


def top(lines: Frame, key: str, value: pl.Expr, count: int, descending: bool = True) -> list[float]:
    return [
        round(float(one), 2)
        for one in lines.group_by(key).agg(value.alias("v"))["v"].sort(descending=descending).head(count)
    ]


AMOUNT, PIECES, INVOICES = pl.col("amount").sum(), pl.col("quantity").sum(), pl.col("invoice_no").n_unique()
MARCH, Q2 = ("2025-03-01", "2025-03-31"), ("2025-04-01", "2025-06-30")
YEAR = ("2025-01-01", "2025-12-31")
VALUES: dict[str, Callable[[Frame], Any]] = {
    "What were our takings in March 2025?": lambda s: revenue(days(s, *MARCH)),
    "turnover for 03/2025": lambda s: revenue(days(s, *MARCH)),
    "What were sales in Mar-25?": lambda s: revenue(days(s, *MARCH)),
    "How much did we take from Oct 24 to Dec 24?": lambda s: revenue(days(s, "2024-10-01", "2024-12-31")),
    "Takings in H1 2025": lambda s: revenue(days(s, "2025-01-01", "2025-06-30")),
    "orders in the first half of 2025": lambda s: orders(days(s, "2025-01-01", "2025-06-30")),
    "How much did we turn over in the first two months of 2025?": lambda s: revenue(
        days(s, "2025-01-01", "2025-02-28")
    ),
    "sales on 5 March": lambda s: revenue(days(s, "2025-03-05", "2025-03-05")),
    "How many orders came in between 1 and 15 March 2025?": lambda s: orders(days(s, "2025-03-01", "2025-03-15")),
    "How many orders came in on Mondays?": lambda s: orders(weekday(s, 1)),
    "What was our revenue on weekends in 2025?": lambda s: revenue(weekday(days(s, *YEAR), 6, 7)),
    "revenue outside the UK": lambda s: revenue(s) - revenue(of(s, "United Kingdom")),
    "How many orders did we get from everywhere except Germany and France?": lambda s: orders(
        s.filter(~pl.col("country").is_in(["Germany", "France"]))
    ),
    "How many customers do we have outside the United Kingdom?": lambda s: customers(
        s.filter(pl.col("country") != "United Kingdom")
    ),
    "How many orders in Q2 2025 were not from the UK?": lambda s: orders(
        days(s, *Q2).filter(pl.col("country") != "United Kingdom")
    ),
    "revenue without the brass reading lamp": lambda s: revenue(s.filter(pl.col("stock_code") != "20201")),
    "How many orders were over £100?": lambda s: by_order(s).filter(pl.col("amount") > 100).height,
    "number of orders above 250 pounds in 2025": lambda s: (
        by_order(days(s, *YEAR)).filter(pl.col("amount") > 250).height
    ),
    "orders of at least £50 from France": lambda s: by_order(of(s, "France")).filter(pl.col("amount") >= 50).height,
    "How many orders were between £50 and £100 in March 2025?": lambda s: (
        by_order(days(s, *MARCH)).filter(pl.col("amount").is_between(50, 100)).height
    ),
    "How many orders had more than 100 items?": lambda s: by_order(s).filter(pl.col("quantity") > 100).height,
    "revenue from orders over £500": lambda s: revenue(over(s, 500)),
    "How many customers placed more than 5 orders?": lambda s: by_customer(s).filter(pl.col("orders") > 5).height,
    "How many customers bought more than twice in 2025?": lambda s: (
        by_customer(days(s, *YEAR)).filter(pl.col("orders") > 2).height
    ),
    "How many customers spent more than £1,000 in 2025?": lambda s: (
        by_customer(days(s, *YEAR)).filter(pl.col("amount") > 1000).height
    ),
    "How many repeat customers do we have?": lambda s: by_customer(s).filter(pl.col("orders") > 1).height,
    "How many products sold more than 500 units?": lambda s: (
        s.group_by("stock_code").agg(PIECES).filter(pl.col("quantity") > 500).height
    ),
    "What share of sales comes from Germany?": lambda s: round(revenue(of(s, "Germany")) / revenue(s), 4),
    "What percentage of orders came from outside the UK?": lambda s: round(
        orders(s.filter(pl.col("country") != "United Kingdom")) / orders(s), 4
    ),
    "What proportion of our customers is in France?": lambda s: round(customers(of(s, "France")) / customers(s), 4),
    "What part of our orders was placed on Fridays?": lambda s: round(orders(weekday(s, 5)) / orders(s), 4),
    "What share of orders is over £200?": lambda s: round(orders(over(s, 200)) / orders(s), 4),
    "How much does a customer spend on average?": lambda s: round(
        by_customer(s)["amount"].sum() / by_customer(s).height, 2
    ),
    "How many orders does the average customer place?": lambda s: round(
        by_customer(s)["orders"].sum() / by_customer(s).height, 4
    ),
    "average number of items per order": lambda s: round(s["quantity"].sum() / orders(s), 4),
    "What does an average order come to in Q2?": lambda s: round(revenue(days(s, *Q2)) / orders(days(s, *Q2)), 2),
    "average revenue per month": lambda s: round(revenue(s) / 12, 2),
    "How many orders do we get per day on average?": lambda s: round(orders(s) / s["invoice_date"].n_unique(), 2),
    "How many countries do we sell to?": lambda s: s["country"].n_unique(),
    "How many people bought from us in July 2025?": lambda s: customers(days(s, "2025-07-01", "2025-07-31")),
    "How much did the Germans spend in Q2 2025?": lambda s: revenue(of(days(s, *Q2), "Germany")),
    "How many orders did French customers place?": lambda s: orders(of(s, "France")),
}
ROWS: dict[str, Callable[[Frame], list[float]]] = {
    "What are our 3 bestsellers?": lambda s: top(s, "stock_code", PIECES, 3),
    "Top 2 sellers in Germany": lambda s: top(of(s, "Germany"), "stock_code", PIECES, 2),
    "What were our five worst-selling products in Q3 2025?": lambda s: top(
        days(s, "2025-07-01", "2025-09-30"), "stock_code", PIECES, 5, descending=False
    ),
    "Which day of the week has the most orders?": lambda s: top(
        s.with_columns(pl.col("invoice_date").dt.weekday()), "invoice_date", INVOICES, 1
    ),
    "What was our worst month?": lambda s: top(
        s.with_columns(pl.col("invoice_date").dt.month()), "invoice_date", AMOUNT, 1, descending=False
    ),
    "bottom 3 countries by revenue": lambda s: top(s, "country", AMOUNT, 3, descending=False),
    "Which customer bought the most?": lambda s: top(by_customer(s), "customer_id", AMOUNT, 1),
    "Which customers ordered more than 10 times?": lambda s: sorted(
        by_customer(s).filter(pl.col("orders") > 10)["orders"].to_list(), reverse=True
    )[:20],
    "Which countries had more than 5 orders?": lambda s: [one for one in top(s, "country", INVOICES, 99) if one > 5],
    "Compare revenue in Q1 2025 and Q2 2025": lambda s: [
        revenue(days(s, "2025-01-01", "2025-03-31")),
        revenue(days(s, *Q2)),
    ],
    "Was turnover higher in May 2025 than in April 2025?": lambda s: [
        revenue(days(s, "2025-04-01", "2025-04-30")),
        revenue(days(s, "2025-05-01", "2025-05-31")),
    ],
    "Did we sell more in Germany than in France?": lambda s: [revenue(of(s, "Germany")), revenue(of(s, "France"))],
    "UK vs Germany orders in Q2 2025": lambda s: [
        orders(of(days(s, *Q2), "United Kingdom")),
        orders(of(days(s, *Q2), "Germany")),
    ],
    "share of revenue by country": lambda s: [round(one / revenue(s), 4) for one in top(s, "country", AMOUNT, 99)],
}
CHANGES: dict[str, tuple[tuple[str, str], tuple[str, str], Callable[[Frame], float]]] = {
    "How much did revenue grow from Q1 2025 to Q2 2025?": (("2025-01-01", "2025-03-31"), Q2, revenue),
    "What was our revenue in March 2025 compared with the month before?": (
        ("2025-02-01", "2025-02-28"),
        MARCH,
        revenue,
    ),
    "By what percentage did the number of orders change between January 2025 and February 2025?": (
        ("2025-01-01", "2025-01-31"),
        ("2025-02-01", "2025-02-28"),
        orders,
    ),
    "Revenue growth in April 2025": (MARCH, ("2025-04-01", "2025-04-30"), revenue),
}
NONE = """
What was our profit margin in 2025?
How many staff do we have?
How was the weather in March 2025?
Why did customers return items?
How many website visits did we get in May 2025?
What is the revenue forecast for October 2025?
What will our revenue be next month?
How many brass reading lamps are in stock?
How many orders were delivered late in 2025?
What is our market share in Germany?
What was the cost of goods sold in Q1 2025?
How many refunds were because of damage?
How many customers complained in 2025?
sales per employee
employee turnover in 2025
How many orders were paid by credit card?
How many orders did women place?
revenue from online orders
revenue excluding VAT
revenue in London
revenue in euros in March 2025
orders over $100
How many orders over 100 kg did we ship?
customers with more than 5 complaints
What share of customers is female?
What percentage of revenue is profit?
Compare revenue with our target in 2025
Is revenue up on last month?
How many new customers did we get in May 2025?
How many orders were over 100 items and under £50?
Which employee sold the most?
How many customers without an email address do we have?
orders over £100 with a voucher
sales on the first Monday of March 2025
revenue between 9 and 12 o'clock
sales on 05/03/2025
What do customers who spent more than £500 get?
Is delivery free for orders over £50?
How many lamps did we sell?
Which customers are most likely to leave a review?
How many orders did we get in May and June of last year and this year?
What share of German orders is over £100?
What share of customers in Germany ordered more than once?
How many items under £5 did we sell?
customers who ordered more than 5 times but spent less than £100
orders over £100 or under £10
orders in Germany on weekends vs France
How many orders below the average order value did we get?
How many customers bought in both March and April 2025?
""".strip().splitlines()


def measured(ask: Ask, question: str) -> MetricResult:
    replied = ask(question)
    assert replied is not None and replied.answer.metric is not None, replied
    return replied.answer.metric


def sales(lines: Frame) -> Frame:
    return lines.filter(pl.col("line_type") == "sale")


@pytest.mark.parametrize("question", VALUES)
def test_a_number_is_the_one_that_polars_counts(ask: Ask, lines: Frame, question: str) -> None:
    assert measured(ask, question).value == pytest.approx(VALUES[question](sales(lines)), abs=0.006)


@pytest.mark.parametrize("question", ROWS)
def test_groups_and_both_sides_are_those_that_polars_counts(ask: Ask, lines: Frame, question: str) -> None:
    told = [row.value for row in measured(ask, question).rows]

    assert told == pytest.approx(ROWS[question](sales(lines)), abs=0.006)


@pytest.mark.parametrize("question", CHANGES)
def test_growth_is_that_of_the_later_days_over_the_earlier(ask: Ask, lines: Frame, question: str) -> None:
    before, after, count = CHANGES[question]
    base, value = count(days(sales(lines), *before)), count(days(sales(lines), *after))
    result = measured(ask, question)

    assert [row.value for row in result.rows] == pytest.approx([base, value], abs=0.006)
    assert result.change == pytest.approx(value / base - 1, abs=0.0001)


@pytest.mark.parametrize("question", NONE)
def test_what_no_metric_answers_to_its_last_word_gets_no_figure(ask: Ask, question: str) -> None:
    replied = ask(question)

    assert replied is None or replied.answer.metric is None


def test_no_growth_is_told_of_a_year_that_the_data_has_a_part_of(ask: Ask) -> None:
    growth, both = ask("revenue growth in 2025"), ask("compare revenue in 2024 and 2025")

    assert growth is not None and growth.answer.metric is None
    assert "does not have all days of the period asked for" in growth.answer.answer
    assert both is not None and both.answer.metric is not None
    assert [row.key for row in both.answer.metric.rows] == ["2024", "2025"]
    assert both.answer.metric.change is None
    assert "does not have all days of both" in both.answer.answer


def test_an_answer_says_in_words_what_else_it_is_limited_to(ask: Ask) -> None:
    said = {
        question: measured(ask, question).limits
        for question in (
            "revenue outside the UK",
            "How many orders on Mondays were over £100?",
            "How many customers placed more than 5 orders?",
        )
    }

    assert [*said.values()] == [
        ("outside the United Kingdom",),
        ("on Mondays", "counting only orders of more than £100.00"),
        ("counting only customers with more than 5 orders",),
    ]
