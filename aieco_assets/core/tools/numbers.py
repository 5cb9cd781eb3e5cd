"""The governed metrics: which there are, what one comes to, and what a number is made of."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Annotated, Any, Literal

from pydantic import Field

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.answer import told
from aieco_assets.core.metrics.catalog import METRICS, listed
from aieco_assets.core.metrics.metric import Metric
from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.periods import Period
from aieco_assets.core.metrics.statements import CANCELLED, FILTERS, GROUPINGS, TABLE, grouped, is_net, total
from aieco_assets.core.metrics.warehouse import read
from aieco_assets.core.monitoring.graph_picture import AssetPicture
from aieco_assets.core.rag.payload import metric_payload
from aieco_assets.core.serving.keys import ASK
from aieco_assets.core.settings import Settings
from aieco_assets.core.tools.tool import Input, Name, Output, Platform, Tool

ROWS = 200
Grouping = Literal[
    "country", "category", "store", "item", "customer", "day", "week", "weekday", "month", "quarter", "year"
]
Day = Annotated[date | None, Field(strict=False)]


class ListMetricsInput(Input):
    pass


class Described(Output):
    name: str
    definition: str
    unit: str = Field(description="currency, share (0 to 1), or what is counted.")
    example: str = Field(description="A question that `ask` answers by it.")


class ListMetricsOutput(Output):
    metrics: list[Described]
    groupings: list[str]
    filters: list[str]


class QueryMetricInput(Input):
    metric: Name = Field(description="A name of list_metrics.", examples=["revenue"])
    first_day: Day = Field(None, description="Default: as far back as the data go.")
    last_day: Day = Field(None, description="Default: as far as the data go.")
    countries: list[Name] = Field([], max_length=50, description="Only sales in any of these.")
    place: Name | None = Field(None, description="Only sales of this category or store, by its name.")
    item: Name | None = Field(None, description="Only sales of this item, by its name or stock code.")
    group_by: list[Grouping] = Field([], max_length=2)
    order: Literal["key", "most", "least"] = "key"
    top: int = Field(20, ge=1, le=ROWS, description="Groups to return.")


class QueryMetricOutput(Output):
    sentence: str
    number: dict[str, Any] | None = Field(
        description="Value, unit, rows by group, filters and how fresh; none where there is none, as `sentence` says."
    )


class ExplainNumberInput(Input):
    metric: Name = Field(description="A name of list_metrics.", examples=["revenue"])
    group_by: list[Grouping] = Field([], max_length=2)


class Tested(Output):
    table: str
    test: str
    passed: bool | None = Field(description="None before it ran.")
    blocking: bool = Field(description="Nothing after it is made where it fails.")


class ExplainNumberOutput(Output):
    metric: str
    definition: str
    unit: str
    sql: str = Field(description="As it runs; %(name)s are parameters, null where nothing is limited.")
    tables: list[str]
    first_day: date = Field(description="Of the data.")
    last_day: date = Field(description="Of the data.")
    loaded_at: datetime | None = Field(description="When lines were last loaded.")
    tables_made_at: dict[str, datetime | None]
    tables_freshness: dict[str, str]
    tests: list[Tested] = Field(description="Their last verdicts.")
    tests_seen_at: datetime


async def list_metrics(platform: Platform, given: ListMetricsInput) -> ListMetricsOutput:
    names = Described.model_fields
    found = [Described(**{name: one[name] for name in names}) for one in listed()]
    return ListMetricsOutput(metrics=found, groupings=list(GROUPINGS), filters=list(FILTERS))


async def query_metric(platform: Platform, given: QueryMetricInput) -> QueryMetricOutput:
    _metric(given.metric)
    asked = _asked(given)
    found = await platform.look_up(lambda settings: told(settings, asked))
    if found is None:
        raise AiecoError("Nothing here is called so: leave out `place` or `item`, or take a name that the data have.")
    number = metric_payload(found.metric) if found.metric else None
    if number:
        number["rows"] = number["rows"][: given.top]
    return QueryMetricOutput(sentence=found.text, number=number)


async def explain_number(platform: Platform, given: ExplainNumberInput) -> ExplainNumberOutput:
    metric, groups = _metric(given.metric), _distinct(given.group_by)
    tables = [TABLE, *([CANCELLED] if is_net(metric, groups) else [])]
    fresh = await platform.look_up(_freshness)
    picture = await platform.graph()
    made = [(name, one) for name in tables for one in picture.assets if one.key == name.replace(".", "/")]
    now = datetime.now(timezone.utc)
    return ExplainNumberOutput(
        metric=metric.name,
        definition=metric.definition,
        unit=metric.unit,
        sql=grouped(metric, groups, "key") if groups else total(metric),
        tables=tables,
        first_day=fresh.first_day,
        last_day=fresh.as_of,
        loaded_at=fresh.loaded_at,
        tables_made_at={name: one.made_at for name, one in made},
        tables_freshness={name: one.freshness(now) for name, one in made},
        tests=[test for name, one in made for test in _tests(name, one)],
        tests_seen_at=picture.seen_at,
    )


def _metric(name: str) -> Metric:
    if name not in METRICS:
        raise AiecoError(f"There is no metric of that name: there are {', '.join(METRICS)}.")
    return METRICS[name]


def _distinct(groups: list[Grouping]) -> list[Grouping]:
    if len({*groups}) < len(groups):
        raise AiecoError("group_by names a grouping twice: name each once.")
    return groups


def _asked(given: QueryMetricInput) -> Asked:
    if given.place and given.item:
        raise AiecoError("A number is limited by `place` or by `item`, not by both: leave one out.")
    if given.first_day and given.last_day and given.first_day > given.last_day:
        raise AiecoError("first_day is after last_day: exchange them.")
    first, second, *_ = [*_distinct(given.group_by), "", ""]
    days = (given.first_day, given.last_day)
    return Asked(
        given.metric,
        places=tuple(given.countries),
        place=given.place or "",
        is_named=bool(given.place),
        item=given.item or "",
        period=Period(_said(*days), False, lambda latest, first=None: days) if any(days) else None,
        group=first,
        second=second,
        order=given.order,
        top=given.top,
    )


def _said(first: date | None, last: date | None) -> str:
    if first and last:
        return f"from {first} to {last}"
    return f"since {first}" if first else f"until {last}"


def _freshness(settings: Settings) -> Any:
    with read(settings) as reader:
        return reader.freshness()


def _tests(table: str, asset: AssetPicture) -> list[Tested]:
    return [Tested(table=table, test=one.name, passed=one.passed, blocking=one.blocking) for one in asset.checks]


TOOLS = (
    Tool(
        "list_metrics",
        "List the metrics",
        "The governed numbers of the warehouse: names, definitions, units, what they can be grouped by.",
        ASK,
        ListMetricsInput,
        ListMetricsOutput,
        list_metrics,
    ),
    Tool(
        "query_metric",
        "Read a metric",
        "One governed number, limited by days, countries, a category, store or item, and by groups where wanted. "
        "Reads one snapshot of the warehouse by a fixed statement; takes no SQL.",
        ASK,
        QueryMetricInput,
        QueryMetricOutput,
        query_metric,
    ),
    Tool(
        "explain_number",
        "Explain a number",
        "What a metric means and can be trusted for: its definition, the SQL that computes it, how fresh the tables "
        "are, and the tests that hold them.",
        ASK,
        ExplainNumberInput,
        ExplainNumberOutput,
        explain_number,
    ),
)
