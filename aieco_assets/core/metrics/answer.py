"""Answers questions that ask for a governed metric. Any other question is left to the documents: None."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Answer, KnowledgeVersion, Usage
from aieco_assets.core.metrics import wording
from aieco_assets.core.metrics.covered_dates import Span, Told, whole_unit
from aieco_assets.core.metrics.lookup import look_up
from aieco_assets.core.metrics.measuring import Measuring
from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.periods import Period
from aieco_assets.core.metrics.predicted import CHURN, SEGMENTS
from aieco_assets.core.metrics.predictions import tell_predicted
from aieco_assets.core.metrics.proposal import propose
from aieco_assets.core.metrics.question import parse
from aieco_assets.core.metrics.resolve import Unknown
from aieco_assets.core.metrics.warehouse import Freshness, NoWarehouse, Reader, read
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.llm.interface import Llm

NO_MODEL = {"llm": "none", "embedder": "none"}


@dataclass(frozen=True)
class Reply:
    """`sure` False: said only when the documents do not answer either."""

    answer: Answer
    sure: bool


def reply(settings: Settings, question: str, knowledge: Callable[[], KnowledgeVersion]) -> Reply | None:
    """The number that the question asks for, or why there is none; None when it asks for something else.

    `knowledge`: the live knowledge base, which every answer names. Raises NoWarehouse when the question is sure to
    ask for a number and the warehouse can't be read; one that is not sure to is then left to the documents first.
    """
    began = time.perf_counter()
    asked = parse(question)
    return _reply(settings, asked, knowledge, NO_MODEL, began) if asked else None


def or_proposed(settings: Settings, question: str, silence: Answer, llm: Llm, names: Mapping[str, str]) -> Answer:
    """The number that a capable model takes a question for, where the catalogue bears it out (`proposal`), instead of
    silence; else the silence, with what the model took for it.

    To be asked where neither the grammar nor the documents answer. `names`: of the models, as an answer shows them.
    Raises AiecoError when the model or the warehouse can't be reached.
    """
    began = time.perf_counter()
    asked, said = propose(llm, question)
    found = _reply(settings, asked, lambda: silence.knowledge_base, names, began) if asked else None
    answer = found.answer if found and not found.answer.abstained else silence
    used = (said.prompt_tokens, said.completion_tokens)
    spent = Usage(*used, (time.perf_counter() - began) * 1000, llm.price.of(*used) if llm.price else None)
    return replace(answer, usage=silence.usage.plus(spent))


def _reply(
    settings: Settings,
    asked: Asked,
    knowledge: Callable[[], KnowledgeVersion],
    names: Mapping[str, str],
    began: float,
) -> Reply | None:
    try:
        said = told(settings, asked)
    except NoWarehouse as reason:
        if asked.sure:
            raise
        said = Told(str(reason), None, sure=False)
    if said is None:
        return None
    latency = round((time.perf_counter() - began) * 1000, 1)
    answer = Answer(
        answer=said.text,
        abstained=said.metric is None,
        verified=said.metric is not None,
        citations=(),
        knowledge_base=knowledge(),
        models=dict(names),
        usage=Usage(latency_ms=latency),
        trace_id=uuid.uuid4().hex,
        metric=said.metric,
        mode="number",
        confidence=float(said.metric is not None),
    )
    return Reply(answer, said.sure)


def either(number: Reply | None, documents: Callable[[], Answer]) -> Answer:
    """The number where it is sure; else what the documents say, and the number's sentence where they say nothing."""
    if number is not None and number.sure:
        return number.answer
    answer = documents()
    return number.answer if number is not None and answer.abstained else answer


def told(settings: Settings, asked: Asked) -> Told | None:
    """What the warehouse says now; None where words of it can't be about the warehouse. Raises NoWarehouse."""
    with read(settings) as reader:
        return _tell(reader, asked)


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
