"""Shops as they are: with departments and stores, without countries or customers, in any currency."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aieco_assets.core.contracts import KnowledgeVersion, MetricResult
from aieco_assets.core.metrics.answer import Reply, reply
from aieco_assets.core.metrics.question import parse
from aieco_assets.core.metrics.wording import number
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.schema import ensure_schema
from tests.core.metrics.literal import fill

Asked = Callable[[str], Reply | None]
Measured = Callable[[str], MetricResult]


@pytest.mark.parametrize(
    ("question", "categories", "stores", "value"),
    [
        ("What was our revenue from paper?", ("PAPER",), (), 15.01),
        ("revenue of the Light & Lamps department in 2011", ("LIGHT & LAMPS",), (), 42.0),
        ("revenue of light and lamps in March 2011", ("LIGHT & LAMPS",), (), 30.0),
        ("How many orders did we get in the category wax?", ("WAX",), (), 2),
        ("paper sales in 2011", ("PAPER",), (), 10.0),
        ("How many items did we sell in department paper?", ("PAPER",), (), 11),
        ("sales in store 367", (), ("367",), 30.0),
        ("What was our revenue in store no. 31 in 2010?", (), ("31",), 25.01),
        ("revenue of paper in store 31 in 2011", ("PAPER",), ("31",), 10.0),
        ("Store 0031A sales", (), ("0031A",), 10.0),
    ],
)
def test_categories_and_stores_limit_a_number_by_the_words_of_the_shop(
    measured: Measured, question: str, categories: tuple[str, ...], stores: tuple[str, ...], value: float
) -> None:
    result = measured(question)

    assert (result.filters.categories, result.filters.stores, result.value) == (categories, stores, value)


@pytest.mark.parametrize(
    ("question", "group_by", "rows"),
    [
        ("sales by category", "category", [("LIGHT & LAMPS", 62.0), ("WAX", 16.0), ("PAPER", 15.01)]),
        ("sales by department", "category", [("LIGHT & LAMPS", 62.0), ("WAX", 16.0), ("PAPER", 15.01)]),
        ("revenue per store", "store", [("31", 47.01), ("367", 30.0), ("0031A", 10.0), ("Unspecified", 6.0)]),
        ("Which department had the lowest revenue?", "category", [("PAPER", 15.01)]),
        ("top 2 departments by number of orders", "category", [("LIGHT & LAMPS", 3), ("PAPER", 2)]),
        ("Which category had the lowest revenue?", "category", [("PAPER", 15.01)]),
        (
            "sales by department and year",
            "category, year",
            [
                ("LIGHT & LAMPS, 2010", 20.0),
                ("LIGHT & LAMPS, 2011", 42.0),
                ("PAPER, 2010", 5.01),
                ("PAPER, 2011", 10.0),
                ("WAX, 2011", 16.0),
            ],
        ),
        (
            "orders by month and store since November 2011",
            "month, store",
            [("November 2011, 31", 1), ("December 2011, 31", 1), ("December 2011, Unspecified", 1)],
        ),
    ],
)
def test_groups_by_the_words_of_the_shop_and_by_two_things_at_once(
    measured: Measured, question: str, group_by: str, rows: list[tuple[str, float]]
) -> None:
    result = measured(question)

    assert result.group_by == group_by
    assert [(row.label, row.value) for row in result.rows] == rows


def test_a_pair_has_both_keys_and_is_told_by_the_words_of_the_shop(asked: Asked) -> None:
    replied = asked("Sales by department and month in December 2010")

    assert replied is not None and replied.answer.metric is not None
    assert [row.key for row in replied.answer.metric.rows] == ["LIGHT & LAMPS|2010-12", "PAPER|2010-12"]
    assert replied.answer.answer == (
        "Revenue by department and month from 1 December 2010 to 31 December 2010: "
        "LIGHT & LAMPS, December 2010 £20.00; PAPER, December 2010 £5.01; £25.01 in all."
    )


@pytest.mark.parametrize(
    ("question", "sentence", "sure"),
    [
        (
            "revenue of department toys",
            "There is no department Toys: there are LIGHT & LAMPS, PAPER and WAX.",
            True,
        ),
        ("revenue of papper", "There is no department Papper: PAPER may be meant.", False),
        ("sales in store 999", "There is no store 999: there are 0031A, 31 and 367.", True),
        ("sales by warehouse and month", None, False),
        ("Christmas sales", None, False),
        ("revenue by department and category", None, False),
    ],
)
def test_a_category_or_store_that_is_not_there_is_named_and_never_guessed(
    asked: Asked, question: str, sentence: str | None, sure: bool
) -> None:
    replied = asked(question)

    assert (replied and replied.answer.answer) == sentence
    if replied is not None:
        assert (replied.sure, replied.answer.abstained, replied.answer.metric) == (sure, True, None)


def test_a_word_of_the_shop_leaves_a_question_to_the_documents_until_the_warehouse_knows_it() -> None:
    asked = parse("sales by department and month")

    assert asked is not None and not asked.sure
    assert (asked.groups, asked.metric) == (("department", "month"), "revenue")


def test_the_best_of_items_and_customers_are_net_of_linked_cancellations_and_days_are_not(asked: Asked) -> None:
    best, customers, whole = (
        asked(question)
        for question in ("top 2 items by revenue", "Who are our best customers?", "What was our revenue?")
    )

    assert best is not None and best.answer.metric is not None
    assert best.answer.answer == (
        "Revenue net of linked cancellations by item from 1 December 2010 to 9 December 2011 (all the data), "
        "highest first: BRASS READING LAMP (20201) £52.00; BEESWAX PILLAR CANDLE (20203) £16.00; £83.01 in all."
    )
    assert "net of linked cancellations" in best.answer.metric.definition
    assert best.answer.metric.tables == ("marts.fct_sales_lines", "marts.fct_linked_cancellations")
    assert customers is not None and customers.answer.metric is not None
    assert [(row.key, row.value) for row in customers.answer.metric.rows] == [
        ("7", 37.01),
        ("8", 20.0),
        ("9", 10.0),
        ("10", 6.0),
    ]
    assert whole is not None and whole.answer.metric is not None
    assert (whole.answer.metric.value, whole.answer.metric.tables) == (93.01, ("marts.fct_sales_lines",))


@pytest.fixture
def other(settings: Settings) -> Callable[..., Asked]:
    """The shop of `literal.py` after some statements."""
    ensure_schema(settings.warehouse)
    fill(settings.warehouse)

    def changed(*statements: str) -> Asked:
        with connect(settings.warehouse) as connection:
            for statement in statements:
                connection.execute(statement.encode())
        return lambda question: reply(settings, question, lambda: KnowledgeVersion(0, None))

    return changed


def test_what_a_shop_lacks_is_said_in_one_sentence(other: Callable[..., Asked]) -> None:
    ask = other(
        "update marts.fct_sales_lines set country = 'Unspecified', store = null, category = null, customer_id = null",
        """update raw.shop set columns = '{"quantity": null, "country": null}'""",
    )
    said = {
        "revenue by country": "country, so revenue by country cannot be told.",
        "How many orders did we get in Germany?": "country, so the number of orders by country cannot be told.",
        "How many customers do we have?": "customer, so the number of customers cannot be told.",
        "top 5 customers": "customer, so revenue net of linked cancellations by customer cannot be told.",
        "How many items did we sell in 2011?": "quantity, so the number of items sold cannot be told.",
        "What is our best-selling item?": (
            "quantity, so the number of items sold net of linked cancellations by item cannot be told."
        ),
        "sales by category and month": "category, so revenue by category and month cannot be told.",
        "sales in store 367": "store, so revenue by store cannot be told.",
    }

    for question, sentence in said.items():
        replied = ask(question)
        assert replied is not None and replied.answer.abstained and replied.sure, question
        assert replied.answer.answer == f"This shop's transactions have no {sentence}"
    whole = ask("What was our revenue?")
    assert whole is not None and whole.answer.metric is not None and whole.answer.metric.value == 93.01


@pytest.mark.parametrize("also", ["customer_id = '7'", "invoiced_at = invoice_date + time '09:30'", ""])
def test_orders_without_a_number_are_told_by_customers_or_the_time_of_day(
    other: Callable[..., Asked], also: str
) -> None:
    ask = other(
        "update marts.fct_sales_lines set customer_id = null, invoiced_at = invoice_date",
        f"update marts.fct_sales_lines set {also}" if also else "select",
        """update raw.shop set columns = '{"order": null}'""",
    )

    for question, what in (
        ("How many orders did we have?", "the number of orders"),
        ("What is our average order value?", "the average order value"),
    ):
        replied = ask(question)
        assert replied is not None and replied.answer.abstained is not bool(also)
        if not also:
            sentence = f"This shop's transactions have no order number, so {what} cannot be told."
            assert replied.answer.answer == sentence


@pytest.mark.parametrize(
    ("currency", "unit", "told"), [("EUR", "EUR", "€93.01"), ("SEK", "SEK", "93.01 SEK"), ("", "currency", "93.01")]
)
def test_money_is_told_in_the_currency_of_the_shop(
    other: Callable[..., Asked], currency: str, unit: str, told: str
) -> None:
    replied = other(f"update raw.shop set currency = '{currency}'")("What was our revenue?")

    assert replied is not None and replied.answer.metric is not None
    assert replied.answer.metric.unit == unit
    assert replied.answer.answer.endswith(f" was {told}.")


def test_pieces_are_whole_numbers_until_they_are_not(other: Callable[..., Asked]) -> None:
    ask = other()
    before = ask("How many items did we sell?")
    ask = other("update marts.fct_sales_lines set quantity = 2.375 where line_id = 'x:0'", "delete from raw.shop")
    after, best = ask("How many items did we sell?"), ask("What is our best-selling item?")

    assert before is not None and before.answer.metric is not None and repr(before.answer.metric.value) == "23"
    assert after is not None and after.answer.metric is not None and after.answer.metric.value == 23.375
    assert best is not None and best.answer.metric is not None
    assert [(row.key, row.value) for row in best.answer.metric.rows] == [("20202", 11)]


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (-1234.5, "GBP", "-£1,234.50"),
        (-1234.5, "CHF", "-1,234.50 CHF"),
        (0.125, "share", "12.50%"),
        (1234, "pieces", "1,234"),
        (None, "USD", "–"),
    ],
)
def test_a_number_has_its_unit(value: float | None, unit: str, told: str) -> None:
    assert number(value, unit) == told
