"""A metric as a person reads it: one sentence, numbers with their unit, days spelt out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timezone

from aieco_assets.core.contracts import MetricResult, MetricRow
from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.metric import MONEY, SHARE, Metric
from aieco_assets.core.metrics.shop import Shop, marks
from aieco_assets.core.metrics.statements import is_net

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SAID_ROWS = 5  # of a sentence; all rows are beside it
_WITH_ARTICLE = re.compile(r"united|netherlands|usa|channel|czech|european|bahamas|philippines", re.IGNORECASE)
_PREPOSITION = re.compile(r"^(?:in|during|for|on|over|of|throughout|within|from) (?=the\b|this|last|past|[\dq]|our)")


def sentence(result: MetricResult, order: str, notes: str, names: Mapping[str, str], shop: Shop) -> str:
    """What was measured, the filters as understood, the days they mean, and the number. `names`: items by code."""
    subject = measured(METRICS[result.name], result.group_by.split(", ") if result.group_by else (), shop)
    told = f"{subject}{scope(result, names, shop)}{notes}"
    if not result.group_by:
        return f"{told} was {number(result.value, result.unit)}." if result.value is not None else _undefined(told)
    if not result.rows:
        return f"{told}: there is nothing to group."
    ranked = {"most": ", highest", "least": ", lowest"}.get(order, "")
    first = " first" if ranked and len(result.rows) > 1 else ""
    rows = "; ".join(f"{row.label} {number(row.value, result.unit)}" for row in result.rows[:SAID_ROWS])
    more = f"; and {result.groups - SAID_ROWS:,} more" if len(result.rows) > SAID_ROWS else ""
    overall = "in all" if METRICS[result.name].adds_up else "overall"
    whole = f"; {number(result.value, result.unit)} {overall}" if result.value is not None else ""
    return f"{told}{ranked}{first}: {rows}{more}{whole}."


def scope(result: MetricResult, names: Mapping[str, str], shop: Shop, days: bool = True) -> str:
    """What a number is limited to, and the days."""
    said = "".join(f", {one}," if one.startswith("counting") else f" {one}" for one in result.limits)
    return f"{_filters(result, names, shop)}{said}{_days(result) if days else ''}"


def measured(metric: Metric, groups: Sequence[str], shop: Shop) -> str:
    """`Revenue by department and month`, and whether it is net."""
    net = " net of linked cancellations" if is_net(metric, groups) else ""
    return f"{metric.subject}{net}" + (f" by {' and '.join(shop.word(group) for group in groups)}" if groups else "")


def lacking(metric: Metric, groups: Sequence[str], shop: Shop, role: str) -> str:
    """Why there is no such number in this shop."""
    what = measured(metric, groups, shop)
    word = "order number" if role == "order" else role
    return f"This shop's transactions have no {word}, so {what[0].lower()}{what[1:]} cannot be told."


def period_notes(said: str, relative: bool, clipped: bool, as_of: date) -> str:
    """How the period was understood, in brackets: which day a relative one counts from, and where the data ends."""
    if not said:
        return " (all the data)"
    notes = [
        *([said, f"seen from the latest day with data, {spelt(as_of)}"] if relative else []),
        *(["as far as there is data"] if clipped else []),
    ]
    return f" ({'; '.join(notes)})" if notes else ""


def number(value: int | float | None, unit: str) -> str:
    if value is None:
        return "–"
    if unit == MONEY or re.fullmatch("[A-Z]{3}", unit):
        before, after = marks(unit)
        return f"{'-' if value < 0 else ''}{before}{abs(value):,.2f}{after}"
    return f"{value:.2%}" if unit == SHARE else f"{value:,}"


def spelt(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def freshness(result: MetricResult) -> str:
    loaded = f", loaded {result.loaded_at.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC" if result.loaded_at else ""
    return f"data up to {spelt(result.as_of)}{loaded}"


def source_lines(result: MetricResult) -> list[str]:
    """For readers of text: the rows, the metric's definition, and the freshness of its tables."""
    return [
        *(f"{row.label}: {number(row.value, result.unit)}" for row in result.rows),
        f"Metric {result.name}: {result.definition}",
        f"From {', '.join(result.tables)}: {freshness(result)}.",
    ]


def labelled(
    keys: Sequence[str], value: int | float | None, groups: Sequence[str], names: Mapping[str, str]
) -> MetricRow:
    """A row of one group or of a pair."""
    labels = [_label(key, group, names) for key, group in zip(keys, groups, strict=True)]
    return MetricRow("|".join(keys), ", ".join(labels), value)


def _label(key: str, group: str, names: Mapping[str, str]) -> str:
    if group == "item":
        return item(key, names)
    if group == "weekday":
        return WEEKDAYS[int(key) - 1]
    if group == "week":
        return f"week {int(key[6:])} of {key[:4]}"
    if group == "day":
        return spelt(date.fromisoformat(key))
    if group == "month":
        return f"{date.fromisoformat(f'{key}-01'):%B} {key[:4]}"
    return f"{key[5:]} {key[:4]}" if group == "quarter" else key


def plain_period(said: str) -> str:
    """`the past year` of `in the past year`; `since March` stays."""
    return _PREPOSITION.sub("", said).removesuffix("'s")


def _filters(result: MetricResult, names: Mapping[str, str], shop: Shop) -> str:
    # `outside the UK` says it shorter than the other countries do.
    shown = () if any(one.startswith("outside") for one in result.limits) else result.filters.countries
    places = [with_article(name) for name in shown]
    codes = [item(code, names) for code in result.filters.items]
    limits = {
        "in": places,
        "in store": result.filters.stores,
        f"in the {shop.word('category')}": result.filters.categories,
        "for": codes,
    }
    return "".join(f" {word} {' and '.join(values)}" for word, values in limits.items() if values)


def _days(result: MetricResult) -> str:
    first, last = result.filters.first_day, result.filters.last_day
    return f" on {spelt(first)}" if first == last else f" from {spelt(first)} to {spelt(last)}"


def with_article(country: str) -> str:
    return f"the {country}" if _WITH_ARTICLE.match(country) else country


def item(code: str, names: Mapping[str, str]) -> str:
    return f"{names[code]} ({code})" if code in names else code


def _undefined(told: str) -> str:
    return f"{told} has no value: nothing was sold that it could be divided by."
