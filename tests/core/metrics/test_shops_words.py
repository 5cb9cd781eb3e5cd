"""People's words in a shop of departments and stores, and what is said of customers by the champions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aieco_assets.core.contracts import KnowledgeVersion, MetricResult
from aieco_assets.core.metrics.answer import Reply, reply
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema
from tests.core.metrics.literal import fill

Asked = Callable[[str], Reply | None]
Measured = Callable[[str], MetricResult]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("takings outside the paper department", 78.0),
        ("sales except paper and wax", 62.0),
        ("revenue from paper and wax", 31.01),
        ("share of sales from wax", 0.172),
        ("What share of revenue does the paper department account for?", 0.1614),
        ("How much did the paper department take in 2011?", 10.0),
        ("sales in the wax department outside Ireland", 6.0),
        ("average revenue per store", 29.0),  # 47.01, 30 and 10: what is of no store is none of them
        ("How many orders over £20 in store 31?", 1),
    ],
)
def test_a_number_of_a_shop_with_departments(measured: Measured, question: str, value: float) -> None:
    assert measured(question).value == value


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Compare sales of paper with wax in 2011", [("PAPER", 10.0), ("WAX", 16.0)]),
        ("compare paper and wax sales", [("PAPER", 15.01), ("WAX", 16.0)]),
        ("Store 31 vs store 367 sales", [("31", 47.01), ("367", 30.0)]),
        ("Which departments had more than £16 revenue?", [("LIGHT & LAMPS", 62.0)]),
        ("What was our worst department?", [("PAPER", 15.01)]),
        ("share of sales by department", [("LIGHT & LAMPS", 0.6666), ("WAX", 0.172), ("PAPER", 0.1614)]),
        ("bestsellers in store 31", [("PAPER STAR LANTERN WHITE (20202)", 11), ("BRASS READING LAMP (20201)", 3)]),
    ],
)
def test_rows_of_a_shop_with_departments(measured: Measured, question: str, rows: list[tuple[str, float]]) -> None:
    assert [(row.label, row.value) for row in measured(question).rows] == rows


@pytest.mark.parametrize(
    "question",
    [
        "revenue excluding toys",
        "Which counters had more than £16 revenue?",
        "share of sales from toys",
        "compare paper and toys sales",
        "How much did the paper supplier take in 2011?",
        "orders over 20 euros",
    ],
)
def test_a_word_that_this_shop_does_not_have_gets_no_figure(asked: Asked, question: str) -> None:
    replied = asked(question)

    assert replied is None or replied.answer.metric is None


@pytest.fixture
def scored(settings: Settings) -> Asked:
    """Three customers that the champions have scored, the last two months ends; two with the later one."""
    ensure_schema(settings.warehouse)
    fill(settings.warehouse)
    with connect(settings.warehouse) as connection:
        connection.execute("create schema if not exists analytics")
        connection.execute(
            "create table analytics.customer_predictions"
            " (as_of date, customer_key text, churn_risk float, segment text)"
        )
        for row in (
            ("2011-10-31", "key-a", 0.99, "At risk"),
            ("2011-11-30", "key-a", 0.25, "Champions"),
            ("2011-11-30", "key-b", 0.75, "At risk"),
            ("2011-11-30", "key-c", None, "At risk"),
        ):
            connection.execute("insert into analytics.customer_predictions values (%s, %s, %s, %s)", row)
    return lambda question: reply(settings, question, lambda: KnowledgeVersion(0, None))


def test_who_is_most_likely_to_leave_is_told_by_pseudonym(scored: Asked) -> None:
    replied = scored("Which customers are most likely to leave?")

    assert replied is not None and replied.answer.metric is not None
    metric = replied.answer.metric
    assert [(row.key, row.value) for row in metric.rows] == [("key-b", 0.75), ("key-a", 0.25)]
    assert (metric.name, metric.group_by, metric.unit, metric.value) == ("churn_risk", "customer", "share", 0.5)
    assert "by pseudonym: key-b 75.00%; key-a 25.00%" in replied.answer.answer


def test_customers_are_counted_by_segment_at_the_latest_scores(scored: Asked) -> None:
    every, one = scored("How many customers are in each segment?"), scored("How many at risk customers do we have?")

    assert every is not None and every.answer.metric is not None
    assert [(row.key, row.value) for row in every.answer.metric.rows] == [("At risk", 2), ("Champions", 1)]
    assert one is not None and one.answer.metric is not None and one.answer.metric.value == 2


def test_without_scores_a_question_about_leaving_gets_no_figure(asked: Asked) -> None:
    replied = asked("Which customers are most likely to leave?")

    assert replied is not None and replied.answer.metric is None
    assert "No customers have been scored yet" in replied.answer.answer
