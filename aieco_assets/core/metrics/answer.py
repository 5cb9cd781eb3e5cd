"""Answers questions that ask for a governed metric. Any other question is left to the documents: None."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date

from aieco_assets.core.contracts import Answer, KnowledgeVersion, MetricFilters, MetricResult, Usage
from aieco_assets.core.metrics import wording
from aieco_assets.core.metrics.catalog import METRICS, MONEY
from aieco_assets.core.metrics.lookup import Sought, look_up
from aieco_assets.core.metrics.question import Asked, parse
from aieco_assets.core.metrics.resolve import Unknown
from aieco_assets.core.metrics.shop import Shop
from aieco_assets.core.metrics.statements import CANCELLED, GROUPINGS, TABLE, is_net
from aieco_assets.core.metrics.warehouse import Freshness, NoWarehouse, Reader, read
from aieco_assets.core.settings import Settings

RANKED_ROWS = 20  # of thousands of items or customers, when the question does not say how many
NO_MODEL = {"llm": "none", "embedder": "none"}


@dataclass(frozen=True)
class Reply:
    """`sure` False: said only when the documents do not answer either."""

    answer: Answer
    sure: bool


@dataclass(frozen=True)
class _Told:
    text: str
    metric: MetricResult | None
    sure: bool = True


def reply(settings: Settings, question: str, knowledge: Callable[[], KnowledgeVersion]) -> Reply | None:
    """The number that the question asks for, or why there is none; None when it asks for something else.

    `knowledge`: the live knowledge base, which every answer names. Raises NoWarehouse when the question is sure to
    ask for a number and the warehouse can't be read; one that is not sure to is then left to the documents first.
    """
    began = time.perf_counter()
    asked = parse(question)
    if asked is None:
        return None
    try:
        with read(settings) as reader:
            told = _tell(reader, asked)
    except NoWarehouse as reason:
        if asked.sure:
            raise
        told = _Told(str(reason), None, sure=False)
    if told is None:
        return None
    latency = round((time.perf_counter() - began) * 1000, 1)
    answer = Answer(
        answer=told.text,
        abstained=told.metric is None,
        verified=told.metric is not None,
        citations=(),
        knowledge_base=knowledge(),
        models=dict(NO_MODEL),
        usage=Usage(latency_ms=latency),
        trace_id=uuid.uuid4().hex,
        metric=told.metric,
        mode="number",
    )
    return Reply(answer, told.sure)


def either(number: Reply | None, documents: Callable[[], Answer]) -> Answer:
    """The number where it is sure; else what the documents say, and the number's sentence where they say nothing."""
    if number is not None and number.sure:
        return number.answer
    answer = documents()
    return number.answer if number is not None and answer.abstained else answer


def _tell(reader: Reader, asked: Asked) -> _Told | None:
    fresh, shop = reader.freshness(), reader.shop()
    sought = look_up(reader, shop, asked)
    if sought is None:
        return None
    if isinstance(sought, Unknown):
        return _Told(sought.sentence, None, sought.sure)
    days = _days(asked, fresh)
    if days is None:
        return None
    first, last = max(days[0], fresh.first_day), min(days[1], fresh.as_of)
    if first > last:
        begins, ends = wording.spelt(fresh.first_day), wording.spelt(fresh.as_of)
        text = f"The sales data runs from {begins} to {ends}: there is nothing for the days asked for."
        return _Told(text, None, asked.firm)
    said = wording.plain_period(asked.period.said) if asked.period else ""
    filters = MetricFilters(sought.countries, sought.items, first, last, said, sought.categories, sought.stores)
    return _measured(reader, shop, asked, sought, filters, fresh, clipped=_is_clipped(asked, days, fresh))


def _days(asked: Asked, fresh: Freshness) -> tuple[date, date] | None:
    try:
        first, last = asked.period.days(fresh.as_of) if asked.period else (None, None)
    except (ValueError, OverflowError):
        return None
    return first or fresh.first_day, last or fresh.as_of


def _is_clipped(asked: Asked, days: tuple[date, date], fresh: Freshness) -> bool:
    return asked.period is not None and (days[0] < fresh.first_day or days[1] > fresh.as_of)


def _measured(
    reader: Reader, shop: Shop, asked: Asked, sought: Sought, filters: MetricFilters, fresh: Freshness, clipped: bool
) -> _Told:
    metric, groups = METRICS[asked.metric], sought.groups
    limits = ("countries", "stores", "categories", "items")
    values = {**asdict(filters), **{name: list(getattr(filters, name)) or None for name in limits}}
    found, count, order = [], 0, asked.order
    if groups:
        ranked = any(GROUPINGS[group].ranks for group in groups)
        ordered = len(groups) > 1 or all(GROUPINGS[group].in_order for group in groups)
        order = "most" if order == "key" and (ranked or not ordered) else order
        found, count = reader.groups(metric, values, groups, order, asked.top or (RANKED_ROWS if ranked else 0))
    codes = {*filters.items, *(keys[groups.index("item")] for keys, _ in found if "item" in groups)}
    names = reader.descriptions(sorted(codes)) if codes else {}
    result = MetricResult(
        name=metric.name,
        definition=metric.definition,
        unit=(shop.currency or MONEY) if metric.unit == MONEY else metric.unit,
        tables=(TABLE, CANCELLED) if is_net(metric, groups) else (TABLE,),
        filters=filters,
        value=reader.value(metric, values, groups),
        group_by=", ".join(groups) or None,
        rows=tuple(wording.labelled(keys, value, groups, names) for keys, value in found),
        groups=count,
        as_of=fresh.as_of,
        loaded_at=fresh.loaded_at,
    )
    notes = wording.period_notes(
        filters.period, asked.period is not None and asked.period.relative, clipped, fresh.as_of
    )
    return _Told(wording.sentence(result, order, notes, names, shop), result)
