"""Answers questions that ask for a governed metric. Any other question is left to the documents: None."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Answer, KnowledgeVersion, Usage
from aieco_assets.core.metrics import wording
from aieco_assets.core.metrics.asked import Asked
from aieco_assets.core.metrics.lookup import look_up
from aieco_assets.core.metrics.measuring import Measuring
from aieco_assets.core.metrics.periods import Period
from aieco_assets.core.metrics.predicted import CHURN, SEGMENTS
from aieco_assets.core.metrics.predictions import tell_predicted
from aieco_assets.core.metrics.proposal import propose
from aieco_assets.core.metrics.question import parse
from aieco_assets.core.metrics.resolve import Unknown
from aieco_assets.core.metrics.spans import Span, Told, whole_unit
from aieco_assets.core.metrics.warehouse import Freshness, NoWarehouse, Reader, read
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.llm.gateway import Llm

NO_MODEL = {"llm": "none", "embedder": "none"}


@dataclass(frozen=True)
class Reply:
    """`sure` False: said only when the documents do not answer either."""

    answer: Answer
    sure: bool


def reply(
    settings: Settings, question: str, knowledge: Callable[[], KnowledgeVersion], llm: Llm | None = None
) -> Reply | None:
    """The number that the question asks for, or why there is none; None when it asks for something else.

    `knowledge`: the live knowledge base, which every answer names. `llm`: a capable model, which reads what the grammar
    does not (`proposal`); a figure by its reading is never sure. Raises NoWarehouse when the question is sure to
    ask for a number and the warehouse can't be read; one that is not sure to is then left to the documents first.
    """
    began = time.perf_counter()
    asked, proposed = parse(question), False
    if asked is None and llm is not None:
        asked, proposed = propose(llm, question), True
    if asked is None:
        return None
    try:
        with read(settings) as reader:
            told = _tell(reader, asked)
    except NoWarehouse as reason:
        if asked.sure:
            raise
        told = Told(str(reason), None, sure=False)
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
        confidence=float(told.metric is not None),
    )
    return Reply(answer, told.sure and not proposed)


def either(number: Reply | None, documents: Callable[[], Answer]) -> Answer:
    """The number where it is sure; else what the documents say, and the number's sentence where they say nothing."""
    if number is not None and number.sure:
        return number.answer
    answer = documents()
    return number.answer if number is not None and answer.abstained else answer


def _tell(reader: Reader, asked: Asked) -> Told | None:
    fresh, shop = reader.freshness(), reader.shop()
    if asked.metric in (CHURN, SEGMENTS):
        return tell_predicted(reader, asked, fresh)
    sought = look_up(reader, shop, asked)
    if sought is None:
        return None
    if isinstance(sought, Unknown):
        return Told(sought.sentence, None, sought.sure)
    periods = [_days(period, fresh) for period in (asked.period, asked.versus) if period] or [_days(None, fresh)]
    spans = [span for span in periods if span is not None]
    if len(spans) < len(periods):
        return None
    if any(span.first > span.last for span in spans):
        begins, ends = wording.spelt(fresh.first_day), wording.spelt(fresh.as_of)
        text = f"The sales data runs from {begins} to {ends}: there is nothing for the days asked for."
        return Told(text, None, asked.firm)
    return Measuring(reader, shop, asked, sought, fresh).tell(sorted(spans, key=lambda span: span.first))


def _days(period: Period | None, fresh: Freshness) -> Span | None:
    """The days that the data has of a period; None where the period has none."""
    try:
        first, last = period.days(fresh.as_of, fresh.first_day) if period else (None, None)
    except (ValueError, OverflowError):
        return None
    first, last = first or fresh.first_day, last or fresh.as_of
    clipped = period is not None and (first < fresh.first_day or last > fresh.as_of)
    return Span(max(first, fresh.first_day), min(last, fresh.as_of), clipped, whole_unit(first, last))
