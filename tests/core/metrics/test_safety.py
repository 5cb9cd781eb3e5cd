"""Words of a question are parameters: the SQL is the catalogue's, read only, within its time, or not run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import permutations
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from aieco_assets.core.contracts import KnowledgeVersion
from aieco_assets.core.metrics import predictions, warehouse
from aieco_assets.core.metrics.answer import Reply, either, reply, told
from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.parsed_question import Asked as Question
from aieco_assets.core.metrics.periods import Period
from aieco_assets.core.metrics.statements import ENTITIES, GROUPINGS, ORDERS, grouped, total
from aieco_assets.core.metrics.warehouse import NoWarehouse, Reader, read
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from tests.core.rag.scripted import answerer, page

Asked = Callable[[str], Reply | None]
CORE = Path(__file__).parents[3] / "aieco_assets" / "core"
INJECTIONS = [
    "x'; drop table marts.fct_sales_lines; --",
    "x' or '1'='1",
    "20201' union select usename, passwd from pg_shadow --",
    "%(countries)s",
    "%s %d %%",
    "\\'; select pg_sleep(30); --",
    "$$; delete from marts.dim_items; $$",
    "lamp\x00",
]
MEASURES = ("revenue", "orders", "items_sold")
ASKING = [
    "revenue without {}",
    "What share of sales comes from {}?",
    "Compare revenue of lamps and {}",
    "How many orders over £100 contained {}?",
    "Which customers with more than 5 orders bought {}?",
    "Which customers are most likely to {}?",
    "How many {} did we sell?",
    "How many orders did we get from {}?",
    "revenue of {} in 2011",
    "What was our revenue in {}?",
    "top 5 {}",
    "{}",
]


@pytest.fixture(scope="module")
def statements(shop: Settings) -> set[str]:
    """Every statement that there is: those of the catalogue, and those of the names and days."""
    kept: set[str] = set()

    class Noting(Reader):
        def _rows(self, statement: str, values: dict | None = None) -> list[tuple]:
            kept.add(statement)
            return super()._rows(statement, values)

    with read(shop) as reader:
        noting = Noting(reader._connection)
        noting.freshness(), noting.shop(), noting.items(), noting.descriptions([])
        [noting.has(role) for role in ("country", "category", "store", "customer")]
        noting.countries(), noting.categories(), noting.stores()
    choices = [(), *((one,) for one in GROUPINGS), *permutations(GROUPINGS, 2)]
    kept |= {total(metric, groups) for metric in METRICS.values() for groups in choices}
    kept |= {
        grouped(metric, groups, order) for metric in METRICS.values() for groups in choices[1:] for order in ORDERS
    }
    # With a condition on what the lines are of: one grouping at most is tried here, and every entity and measure.
    having = [(METRICS[measure], entity) for measure in MEASURES for entity in ENTITIES]
    kept |= {total(metric, groups, one) for metric in METRICS.values() for groups in choices[:12] for one in having}
    kept |= {
        grouped(metric, groups, order, one)
        for metric in METRICS.values()
        for groups in choices[1:12]
        for order in ORDERS
        for one in having
    }
    return kept | predictions.statements()


@given(st.sampled_from(ASKING), st.one_of(st.sampled_from(INJECTIONS), st.text(max_size=60)))
@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=150)
def test_no_word_of_a_question_is_ever_in_the_sql(
    shop: Settings, statements: set[str], asking: str, words: str
) -> None:
    run: list[str] = []
    original = Reader._rows

    def noting(self: Reader, statement: str, values: dict | None = None) -> list[tuple]:
        run.append(statement)
        return original(self, statement, values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reader, "_rows", noting)
        reply(shop, asking.format(words), lambda: KnowledgeVersion(0, None))
    assert set(run) <= statements


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize("words", INJECTIONS)
def test_an_injection_finds_nothing_and_changes_nothing(shop: Settings, asked: Asked, asking: str, words: str) -> None:
    replied = asked(asking.format(words))

    assert replied is None or replied.answer.metric is None
    with connect(shop.warehouse) as connection:
        counts = "select (select count(*) from marts.fct_sales_lines), (select count(*) from marts.dim_items)"
        assert connection.execute(counts).fetchall() == [(12, 4)]


@pytest.mark.parametrize(
    ("first", "last"), [(None, date.max), (date.min, date.max), (date(2011, 1, 1), date.max), (date.max, None)]
)
def test_a_period_to_the_end_of_the_calendar_is_that_of_the_data(
    shop: Settings, first: date | None, last: date | None
) -> None:
    """As assistants write one that they leave open."""
    for group in ("", "day", "month"):
        days = Period("then", False, lambda latest, first=None, days=(first, last): days)
        found = told(shop, Question("revenue", period=days, group=group))
        assert found is not None and (found.metric is not None) == (first != date.max)


@pytest.mark.parametrize("days", ["until 9999-12-31", "after 9999-12-31", "in the month after December 9999"])
def test_a_question_about_the_end_of_the_calendar_is_no_error(asked: Asked, days: str) -> None:
    replied = asked(f"What was our revenue {days}?")
    assert replied is None or replied.answer.metric is None or replied.answer.verified


def test_a_reader_can_write_nothing(shop: Settings) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), read(shop) as reader:
        reader._rows("delete from marts.dim_items returning 1")


def test_a_statement_that_takes_too_long_is_ended_with_one_sentence(
    shop: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warehouse, "SECONDS", 0.05)

    with pytest.raises(NoWarehouse, match="took longer than"), read(shop) as reader:
        reader._rows("select pg_sleep(60)")


def test_a_reader_of_the_marts_alone_gets_the_day_of_the_data_and_no_time_of_loading(shop: Settings) -> None:
    with connect(shop.warehouse, autocommit=True) as connection:
        connection.execute("create role only_marts")
        connection.execute("grant usage on schema marts to only_marts")
        connection.execute("grant select on all tables in schema marts to only_marts")
    try:
        with read(shop) as reader:
            reader._connection.execute("set local role only_marts")
            assert reader.freshness().loaded_at is None
            assert reader.value(METRICS["orders"], NO_FILTERS) == 6
    finally:
        with connect(shop.warehouse, autocommit=True) as connection:
            connection.execute("drop owned by only_marts")
            connection.execute("drop role only_marts")


NO_FILTERS = {
    "countries": None,
    "stores": None,
    "categories": None,
    "items": None,
    "first_day": "2000-01-01",
    "last_day": "2100-01-01",
}


def test_who_may_not_read_the_marts_is_told_so(shop: Settings) -> None:
    with connect(shop.warehouse, autocommit=True) as connection:
        connection.execute("create role nobody_here")
    try:
        with pytest.raises(NoWarehouse, match="may not read marts"), read(shop) as reader:
            reader._connection.execute("set local role nobody_here")
            reader.freshness()
    finally:
        with connect(shop.warehouse, autocommit=True) as connection:
            connection.execute("drop role nobody_here")


def test_a_warehouse_without_marts_and_one_without_lines_name_the_mend(settings: Settings) -> None:
    def ask() -> None:
        reply(settings, "How many orders did we get in the UK?", lambda: KnowledgeVersion(0, None))

    with pytest.raises(NoWarehouse, match=r"has no marts.fct_sales_lines yet: run `aieco run`"):
        ask()
    with connect(settings.warehouse) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create table marts.fct_sales_lines (invoice_date date)")
    with pytest.raises(NoWarehouse, match=r"holds no lines yet: run `aieco run`"):
        ask()


def test_a_warehouse_without_cancellations_names_their_table_and_not_the_one_that_is_there(settings: Settings) -> None:
    with connect(settings.warehouse) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute("create table marts.fct_sales_lines (line_id text, invoice_date date)")
    with (
        pytest.raises(NoWarehouse, match=r"no marts.fct_linked_cancellations yet: run `aieco run`"),
        read(settings) as it,
    ):
        it.rows("select from marts.fct_sales_lines left join marts.fct_linked_cancellations using (line_id)")


def test_who_may_read_the_lines_and_not_the_items_is_told_of_the_items(shop: Settings) -> None:
    with connect(shop.warehouse, autocommit=True) as connection:
        connection.execute("create role only_lines")
        connection.execute("grant usage on schema marts to only_lines")
        connection.execute("grant select on marts.fct_sales_lines to only_lines")
    try:
        with (
            pytest.raises(NoWarehouse, match=r"may not read marts.dim_items: grant it select on"),
            read(shop) as reader,
        ):
            reader._connection.execute("set local role only_lines")
            reader.freshness()
            reader.items()
    finally:
        with connect(shop.warehouse, autocommit=True) as connection:
            connection.execute("drop owned by only_lines")
            connection.execute("drop role only_lines")


@pytest.fixture
def away(shop: Settings) -> Settings:
    """Settings of a warehouse that nobody serves."""
    return shop.model_copy(update={"postgres_url": SecretStr("postgresql://u:secret@127.0.0.1:1/none")})


def test_without_a_warehouse_a_sure_question_is_refused_in_one_sentence(away: Settings) -> None:
    with pytest.raises(NoWarehouse) as refused:
        reply(away, "How many orders did we get in the UK?", lambda: KnowledgeVersion(0, None))

    assert "does not answer" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_without_a_warehouse_the_documents_are_asked_first_where_they_may_know(away: Settings) -> None:
    results = page("Annual results\nThe revenue in 2024 was 61 million pounds.\n")
    documents = answerer("The revenue in 2024 was 61 million pounds.", results)
    question = "What was the revenue in 2024?"
    number = reply(away, question, lambda: KnowledgeVersion(0, None))

    assert number is not None and not number.sure
    assert "61 million" in either(number, lambda: documents.answer(question)).answer
    silent = answerer("", page("Opening hours\nThe shop opens at nine.\n"))
    told = either(number, lambda: silent.answer(question))
    assert told.abstained and "does not answer" in told.answer


def test_a_question_for_the_documents_never_opens_the_warehouse(away: Settings) -> None:
    assert reply(away, "How many days do I have to return an item?", lambda: KnowledgeVersion(0, None)) is None


def test_what_weighs_verifies_and_evaluates_answers_can_not_reach_the_metrics() -> None:
    files = [file for room in ("rag", "evaluation") for file in sorted((CORE / room).rglob("*.py"))]
    reaching = [file.relative_to(CORE).as_posix() for file in files if "core.metrics" in file.read_text()]

    # Only what proposes questions to people: it names a metric that can be asked for.
    assert len(files) > 20
    assert reaching == ["evaluation/examples.py"]
