"""A question for a number, put into words again."""

from __future__ import annotations

import re
from dataclasses import replace

from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.question import parse

# How each metric is asked for; `{}` is where an item goes.
ASKED_FOR = {
    "revenue": "what was our revenue",
    "net_revenue": "what was our net revenue",
    "orders": "how many orders did we get",
    "customers": "how many customers did we have",
    "items_sold": "how many items did we sell",
    "different_items": "how many different items did we sell",
    "returns": "how many returns did we have",
    "returned_items": "how many items were returned",
    "returned_value": "what was our returned value",
    "return_rate": "what was our return rate",
    "average_order_value": "what was our average order value",
}
_OF_ITEM = {
    "items_sold": "how many {} did we sell",
    "returned_items": "how many {} were returned",
    "customers": "how many customers bought {}",
    "orders": "how many orders contained {}",
}
_SAID_BY_ITSELF = re.compile(r"(?:in|since|from|until|between|before|after|up to|last|this|past|the|to|on|for|during) ")


def in_words(asked: Asked) -> str | None:
    """The question in words; None when they would be read as something else."""
    words = ASKED_FOR[asked.metric]
    if asked.item:
        words = _OF_ITEM.get(asked.metric, f"{words} from {{}}").format(asked.item)
    ranked = f"{'top' if asked.order == 'most' else 'bottom'} {asked.top} " if asked.top else ""
    if ranked:
        words = f"show {ranked}{_plural(asked.group)} by {asked.metric.replace('_', ' ')}"
    parts = [words] if words else []
    parts += [f"in {' and '.join(asked.places)}"] if asked.places else []
    parts += [f"in store {asked.store}"] if asked.store else []
    parts += [f"in {asked.place}"] if asked.place else []
    parts += [_preceded(asked.period.said)] if asked.period else []
    if asked.group and not ranked:
        parts.append(f"by {asked.group}" + (f" and {asked.second}" if asked.second else ""))
    text = " ".join(parts)
    return text if words and _means(parse(text), asked) else None


def _preceded(period: str) -> str:
    return period if _SAID_BY_ITSELF.match(period) else f"in {period}"


def _plural(group: str) -> str:
    return f"{group[:-1]}ies" if group.endswith("y") and group != "day" else f"{group}s"


def _means(found: Asked | None, meant: Asked) -> bool:
    if found is None:
        return False
    same = replace(found, period=None, firm=True) == replace(meant, period=None, firm=True)
    one, other = (asked.period.said if asked.period else "" for asked in (found, meant))
    return same and one.removeprefix("in ") == other.removeprefix("in ")
