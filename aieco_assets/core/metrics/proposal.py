"""A metric question as a capable language model reads it: proposed as JSON, held against the catalogue word by word.

The model names no number and writes no SQL. Each part of its proposal cites the words of the question that it stands
for; what is not in the catalogue, or is not cited from the question, or leaves a word over, is no metric question.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aieco_assets.core.llm.interface import Generation
from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.countries import NAMES
from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.periods import whole_period
from aieco_assets.core.metrics.question import LONGEST, normalised
from aieco_assets.core.metrics.statements import GROUPINGS
from aieco_assets.core.text.vocabulary import NEGATIONS, REVERSALS, STOP_WORDS
from aieco_assets.core.text.words import stem

if TYPE_CHECKING:
    from aieco_assets.core.llm.interface import Llm

_TOKENS = 200
_ASKING = {"show", "tell", "give", "list", "please", "total", "much", "us"}
_CITED = 3  # content words that one name may stand for: more say something else, too
# What no metric of the catalogue measures, whatever a model makes of it; and words that turn a question round.
_MEASURES = """
    profit margin cost expense salary wage staff employee budget target goal plan forecast predict expect tax vat
    duty stock inventory visit visitor traffic click conversion delivery late weather complaint review rating new
    first lost discount voucher online card cash competitor market supplier gift future next will ever net
"""
_TURNING = {"outside", "except", "over", "under", "above", "below", "than", "least", "only", "between"}
_OTHERS = frozenset(stem(word) for word in _MEASURES.split()) | NEGATIONS | REVERSALS | _TURNING


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    value: str = Field(max_length=60)
    said: str = Field(max_length=120)


class _Call(BaseModel):
    model_config = ConfigDict(extra="forbid")
    metric: _Part
    countries: list[_Part] = Field(default=[], max_length=10)
    group_by: _Part | None = None
    order: _Part | None = None
    period: str = Field(default="", max_length=80)


def propose(llm: Llm, question: str) -> tuple[Asked | None, Generation]:
    """What the model takes the question for, where the catalogue bears it out, None in every other case; and what it
    wrote.

    The question is the model's input only: it is asked once, of a text of at most LONGEST characters. Raises AiecoError
    when the model can't be reached.
    """
    text = normalised(question)
    if not text or len(text) > LONGEST or not text.isprintable():
        return None, Generation("", 0, 0)
    said = llm.generate([{"role": "user", "content": _prompt(text)}], max_tokens=_TOKENS)
    found = re.match(r"[^{]*(?P<json>\{.*\})", said.text, re.DOTALL)  # from the first brace only: read once
    try:
        call = _Call.model_validate(json.loads(found["json"])) if found else None
    except (ValidationError, ValueError, RecursionError):  # the last: nested thousands deep
        return None, said
    return (_checked(text, call) if call else None), said


def _prompt(text: str) -> str:
    names = "\n".join(f"- {metric.name}: {metric.subject}" for metric in METRICS.values())
    return (
        "Name the metric that a question about a shop's sales asks for, as one JSON object and nothing else: "
        '{"metric": {"value": name, "said": words}, "countries": [{"value": English name, "said": words}], '
        '"group_by": {"value": name, "said": words} or null, "order": {"value": "most" or "least", "said": words} or '
        'null, "period": words}. `said` and `period` are copied from the question, and together they hold each of its '
        "words that carries meaning. Write null when no metric answers all of it.\n"
        f"Metrics:\n{names}\nGroups: {', '.join(GROUPINGS)}\nQuestion: {text}"
    )


def _checked(text: str, call: _Call) -> Asked | None:
    metric, group, order = call.metric.value, call.group_by, call.order
    known = metric in METRICS and (group is None or group.value in GROUPINGS)
    places = tuple(part.value.casefold() for part in call.countries)
    if not known or not {*places} <= NAMES or (order and (order.value not in ("most", "least") or not group)):
        return None
    words = call.period.casefold().strip()
    period = (whole_period(words) or whole_period(f"in {words}")) if words else None
    if words and period is None:
        return None
    parts = [part.said for part in (call.metric, group, order, *call.countries) if part]
    if not _accounts(text, [normalised(part) for part in parts], words):
        return None
    return Asked(
        metric,
        places=places,
        period=period,
        group=group.value if group else "",
        order=order.value if order else "key",
        top=10 if order else 0,
        firm=False,
    )


def _accounts(text: str, parts: list[str], period: str) -> bool:
    """Whether each content word is cited once, by words that may stand for a name of the catalogue."""
    for part in sorted([*parts, period], key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(part)}(?!\w)"
        if part and not re.search(pattern, text):
            return False
        text = re.sub(pattern, " ", text, count=1) if part else text
    content = [[word for word in re.findall(r"[^\W_]+", part) if word not in STOP_WORDS] for part in parts]
    if any(not words or len(words) > _CITED for words in content):
        return False
    if any(stem(word) in _OTHERS or word in _OTHERS for part in parts for word in re.findall(r"[^\W_]+", part)):
        return False
    left = {word for word in re.findall(r"[^\W_]+", text)}
    return not left & _OTHERS and left <= STOP_WORDS | _ASKING
