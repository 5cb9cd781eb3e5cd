"""The definition of the metrics is a standard one: MetricFlow and sidemantic make the same numbers of it, and so do the
views for BI tools."""

from __future__ import annotations

import json
import os
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.osi import exported
from aieco_assets.core.metrics.statements import GRAINS, GROUPINGS, LAYER, PARAMETERS, TIMES, grouped, is_net, total
from aieco_assets.core.metrics.views import FOLDER, view_files
from aieco_assets.core.retail import land_days, load_days
from aieco_assets.core.sample.transactions import write_transactions
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import dbt_environment, prepare_manifest, run_dbt
from aieco_assets.core.storage.access import READER
from aieco_assets.core.storage.postgres import connect
from aieco_assets.dashboard.queries import TILES, Choice, read_frame, reading

pytestmark = pytest.mark.timeout(900)  # of a machine with much else to do
DIMENSIONS = ("country", "category", "store", "item", "customer", "weekday")
# Each dimension and each grain by itself, and each dimension by month; AIECO_GOVERN=1: each with each.
ALL = bool(os.environ.get("AIECO_GOVERN"))
BY = [(), *((one,) for one in (*DIMENSIONS, *GRAINS)), *product(DIMENSIONS, GRAINS if ALL else ("month",))]
Numbers = dict[tuple[str, ...], Decimal | float | None]
# The sample has neither: a third of the items has no category, a third of the invoices no store.
PLACED = """
    update marts.fct_sales_lines set
        category = (array['LAMPS', 'PAPER', null])[1 + ascii(right(stock_code, 1)) %% 3],
        store = (array['31', '367', null])[1 + ascii(right(invoice_no, 1)) %% 3]
"""


@pytest.fixture(scope="module")
def shop(
    platform: Settings, templates: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A small company's year, as the platform lands and loads it and dbt makes its marts and views."""
    source, home = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("home")
    name, parts = f"t_{uuid.uuid4().hex[:12]}", urlsplit(platform.warehouse)
    with connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f'create database "{name}" template "{templates[0]}"'.encode())
    url = SecretStr(parts._replace(path=f"/{name}").geturl())
    settings = Settings(home=home, postgres_url=url, transactions=str(source), _env_file=None)  # type: ignore[call-arg]
    write_transactions(source, customers=40)
    land_days(settings, date(2000, 1, 1), date(2040, 1, 1))
    load_days(settings, date(2000, 1, 1), date(2040, 1, 1))
    prepare_manifest(settings)
    ran = run_dbt(settings.dbt_target, dbt_environment(settings.warehouse), "run")
    assert ran.returncode == 0, ran.stdout
    with connect(settings.warehouse) as connection:
        connection.execute(PLACED.encode(), {})
        ((linked,),) = connection.execute("select count(*) from marts.fct_linked_cancellations").fetchall()
        assert linked > 5  # or nothing would tell net from gross
    yield settings
    with connect(parts._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f'drop database "{name}" with (force)'.encode())


@pytest.fixture(scope="module")
def rows(shop: Settings) -> Iterator[Callable[..., list[tuple[Any, ...]]]]:
    with connect(shop.warehouse) as connection:
        yield lambda statement, values=None: connection.execute(statement.encode(), values).fetchall()


@pytest.fixture(scope="module")
def ours(rows: Callable[..., list[tuple[Any, ...]]]) -> Callable[[str, Sequence[str]], Numbers]:
    """What questions are answered with: number by group."""
    everything = dict.fromkeys(PARAMETERS) | {"first_day": date.min, "last_day": date.max, "limit": 1_000_000}

    def measured(name: str, groups: Sequence[str]) -> Numbers:
        if not groups:
            return {(): rows(total(METRICS[name]), everything)[0][0]}
        return {tuple(keys): value for *keys, value, _ in rows(grouped(METRICS[name], groups, "key"), everything)}

    return measured


def missing(package: str) -> None:
    warnings.warn(
        f"{package} NOT INSTALLED: its numbers are not compared (uv pip install aieco[oracles])", stacklevel=2
    )
    pytest.skip(f"no {package}: uv pip install aieco[oracles]")


def in_words(day: date | None, grain: str) -> str:
    """A day that a grain begins with, as our groups are called."""
    assert day is not None
    day = day.date() if isinstance(day, datetime) else day  # MetricFlow's are of a timestamp
    year, week, _ = day.isocalendar()
    words = {"week": f"{year}-W{week:02}", "month": f"{day:%Y-%m}", "quarter": f"{day:%Y}-Q{(day.month + 2) // 3}"}
    return {"day": day.isoformat(), "year": f"{day:%Y}"}.get(grain) or words[grain]


def keyed(found: list[tuple[Any, ...]], groups: Sequence[str], metrics: int) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """Values by group; without lines of unknown customers, who are no group."""
    numbers = {}
    for row in found:
        keys, values = row[: len(row) - metrics], row[len(row) - metrics :]
        if None not in keys:
            words = [in_words(key, group) if group in GRAINS else key for key, group in zip(keys, groups, strict=True)]
            numbers[tuple(words)] = values
    return numbers


def assert_same(mine: Numbers, theirs: Numbers, what: str) -> None:
    """To the penny and beyond: they divide as floats. A group without lines of one metric is none of its groups."""
    assert mine.keys() <= theirs.keys(), what
    assert {key: theirs[key] for key in theirs.keys() - mine.keys() if theirs[key]} == {}, what
    for key, value in mine.items():
        other = theirs[key]
        assert (value is None) == (other is None), (what, key)
        assert value is None or float(value) == pytest.approx(float(other or 0), rel=1e-12, abs=1e-12), (what, key)


def names(groups: Sequence[str]) -> dict[str, str]:
    """The metric of the definition that each is by these groups: that of its net by item and customer."""
    blocks = {name: LAYER.metric(name).meta for name in METRICS}
    return {name: meta.net if meta and is_net(METRICS[name], groups) else name for name, meta in blocks.items()}


def test_every_metric_by_every_dimension_and_grain_is_the_number_that_metricflow_makes(shop, rows, ours) -> None:
    try:
        from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer
        from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
    except ImportError:
        missing("metricflow")

    class Postgres:
        """The dialect; what MetricFlow writes is run by us."""

        sql_engine_type, sql_plan_renderer = SqlEngine.POSTGRES, PostgresSQLSqlPlanRenderer()

    manifest = parse_manifest_from_dbt_generated_manifest((shop.dbt_target / "semantic_manifest.json").read_text())
    engine = MetricFlowEngine(SemanticManifestLookup(manifest), Postgres())  # type: ignore[arg-type]
    for groups in BY:
        asked = names(groups)
        keys = [f"metric_time__{group}" if group in GRAINS else f"line__{group}" for group in groups]
        request = MetricFlowQueryRequest.create(metric_names=[*asked.values()], group_by_names=keys)
        sql = engine.explain(request).sql_statement.sql
        ordered = f"select {', '.join([*keys, *asked.values()])} from ({sql}) as made"
        found = keyed(rows(ordered), groups, len(asked))
        for number, name in enumerate(asked):
            assert_same(ours(name, groups), {key: row[number] for key, row in found.items()}, f"{name} by {groups}")


def test_every_metric_of_the_exported_document_is_the_number_that_sidemantic_makes(
    shop: Settings, rows, ours, tmp_path: Path
) -> None:
    try:
        from sidemantic.adapters.ossie import OssieAdapter
        from sidemantic.sql.generator import SQLGenerator
    except ImportError:
        missing("sidemantic")
    file = tmp_path / "aieco.json"
    file.write_text(json.dumps(exported(LAYER)))
    # It holds the document against the released JSON schema first.
    generator = SQLGenerator(OssieAdapter(schema_version="0.1.1").parse(file), dialect="postgres")

    for groups in BY:
        asked = names(groups)
        keys = [f"sales_lines.invoice_date__{one}" if one in GRAINS else f"sales_lines.{one}" for one in groups]
        sql = generator.generate(metrics=[*asked.values()], dimensions=keys)
        columns = [key.removeprefix("sales_lines.") for key in keys]
        ordered = f"select {', '.join([*columns, *asked.values()])} from ({sql.rstrip()}\n) as made"
        found = keyed(rows(ordered), groups, len(asked))
        for number, name in enumerate(asked):
            assert_same(ours(name, groups), {key: row[number] for key, row in found.items()}, f"{name} by {groups}")


def test_a_view_of_each_metric_holds_its_numbers_by_grain_and_dimension(shop: Settings, rows, ours) -> None:
    shown = [group for group in DIMENSIONS if group not in ("customer", "weekday")]

    for name, grain in product(METRICS, GRAINS if ALL else ("week", "month", "year")):
        for group in ("all", *shown):
            statement = f"select period, member, value from metrics.{name} where grain = %s and dimension = %s"
            found = rows(statement, (grain, group))
            if group == "all":
                theirs = {(in_words(period, grain),): value for period, _, value in found}
                assert_same(ours(name, (grain,)), theirs, f"{name} by {grain}")
            else:
                theirs = {(member, in_words(period, grain)): value for period, member, value in found}
                assert_same(ours(name, (group, grain)), theirs, f"{name} by {group} and {grain}")


@pytest.mark.parametrize(
    "chosen", [{}, {"country": "France"}, {"category": "LAMPS"}, {"country": "United Kingdom", "category": "PAPER"}]
)
def test_the_dashboard_shows_the_numbers_of_the_definition(shop: Settings, rows, chosen: dict[str, str]) -> None:
    ((first, last),) = rows("select min(invoice_date) + 40, max(invoice_date) - 40 from marts.fct_sales_lines")
    tiles = {"revenue": "revenue", "orders": "orders", "customers": "customers", "returned": "returned_value"}
    names = {"country": "countries", "category": "categories"}
    limits = dict.fromkeys(PARAMETERS) | {"first_day": first, "last_day": last}
    limits |= {names[one]: [value] for one, value in chosen.items()}

    with reading(shop.warehouse) as connection:
        (shown,) = read_frame(connection, TILES, Choice(first, last, **chosen)).to_dict("records")
    for tile, name in tiles.items():
        ((value,),) = rows(total(METRICS[name]), limits)
        assert shown[tile] == pytest.approx(float(value), rel=1e-12) and (value or chosen), tile


def test_analysts_read_the_views_and_not_the_lines_that_they_are_made_of(shop: Settings) -> None:
    from psycopg.errors import InsufficientPrivilege

    with connect(shop.warehouse) as connection:
        connection.execute(f"set role {READER}".encode())
        for name in METRICS:
            assert connection.execute(f"select from metrics.{name} limit 1".encode()).fetchall()
        said = connection.execute("select obj_description('metrics.revenue'::regclass)").fetchone()
        assert said is not None and said[0].startswith("Revenue. Quantity x unit price")
        with pytest.raises(InsufficientPrivilege):
            connection.execute("select from metrics.sales_lines")


def test_the_files_of_the_views_are_those_of_the_definition() -> None:
    there = {path.name: path.read_text() for path in FOLDER.iterdir()}

    # `aieco metrics views` writes them.
    assert there == view_files(LAYER, METRICS) | {
        name: there[name] for name in ("_lines.yml", "metrics_sales_lines.sql")
    }


def test_every_grouping_is_compared_here() -> None:
    assert {*DIMENSIONS, *GRAINS} == {*GROUPINGS}
    assert {*GRAINS, "weekday"} == {*TIMES}
