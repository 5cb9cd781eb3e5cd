"""Shares, averages and comparisons as a person reads them, and what a number is limited to beside its filters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aieco_assets.core.contracts import MetricResult
from aieco_assets.core.metrics import wording
from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.metrics.metric import MONEY, SHARE
from aieco_assets.core.metrics.parsed_question import Asked, Having
from aieco_assets.core.metrics.shop import Shop
from aieco_assets.core.metrics.warehouse import Freshness

_BOUNDS = {"more_than": "more than", "at_least": "at least", "less_than": "less than", "at_most": "at most"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_OWN = {"revenue": "revenue", "orders": "orders", "items_sold": "pieces"}


def limits(asked: Asked, left_out: tuple[str, ...], names: Mapping[str, str], shop: Shop) -> tuple[str, ...]:
    """In words: `outside the United Kingdom`, `on Mondays`, `only orders of more than £100.00`."""
    found = []
    if left_out:
        word = "outside" if asked.without else "without"
        shown = [wording.with_article(name) if asked.without else wording.item(name, names) for name in left_out]
        found.append(f"{word} {_and(shown)}")
    if asked.weekdays:
        found.append(f"on {_and([f'{_DAYS[day - 1]}s' for day in asked.weekdays])}")
    if asked.having:
        found.append(_having(asked.having, shop))
    return tuple(found)


def share(parts: MetricResult, amounts: MetricResult, notes: str, names: Mapping[str, str], shop: Shop) -> str:
    metric = METRICS[parts.name]
    whole = wording.number(parts.whole, amounts.unit)
    if parts.group_by:
        told = f"Share of {_small(wording.measured(metric, parts.group_by.split(', '), shop))}"
        rows = "; ".join(
            f"{row.label} {wording.number(row.value, parts.unit)}" for row in parts.rows[: wording.SAID_ROWS]
        )
        more = f"; and {parts.groups - wording.SAID_ROWS:,} more" if len(parts.rows) > wording.SAID_ROWS else ""
        return f"{told}{wording.scope(parts, names, shop)}{notes}: {rows}{more}; the whole is {whole}."
    part = wording.number(amounts.value, amounts.unit)
    scope = wording.scope(parts, names, shop)
    return (
        f"{metric.subject}{scope}{notes} was {part}: {wording.number(parts.value, parts.unit)} of the whole, {whole}."
    )


def average(result: MetricResult, notes: str, names: Mapping[str, str], shop: Shop) -> str:
    group = result.group_by or ""
    subject = f"The average of {_small(METRICS[result.name].subject)} by {shop.word(group)}"
    scope = wording.scope(result, names, shop)
    if result.value is None:
        return f"{subject}{scope}{notes} has no value: nothing was sold."
    count = f"over the {result.groups:,} with sales" if result.groups > 1 else "over the only one with sales"
    return f"{subject}{scope}{notes}, {count}, was {wording.number(result.value, result.unit)}."


def no_growth(subject: str, fresh: Freshness) -> str:
    begins, ends = wording.spelt(fresh.first_day), wording.spelt(fresh.as_of)
    return (
        f"The sales data runs from {begins} to {ends} and does not have all days of the period asked for and of the "
        f"one before it, so no change of {_small(subject)} is told."
    )


def periods(result: MetricResult, whole: bool, how: str, names: Mapping[str, str], shop: Shop) -> str:
    """Both numbers, and the change where the data has all days of both."""
    scope = wording.scope(replace(result), names, shop, days=False)
    told = f"{METRICS[result.name].subject}{scope} was {_rows(result)}"
    if how != "change":
        return f"{told}."
    if not whole:
        return f"{told}. The data does not have all days of both, so no change is told."
    return f"{told}: {_changed(result, later=True)}."


def places(result: MetricResult, notes: str, names: Mapping[str, str], shop: Shop) -> str:
    bare = replace(result, filters=replace(result.filters, countries=(), stores=(), categories=(), items=()))
    scope = wording.scope(bare, names, shop)
    first, second = result.rows
    return (
        f"{METRICS[result.name].subject}{scope}{notes} was {_rows(result)}: "
        f"{first.label} {_changed(result, later=False)} {second.label}."
    )


def _rows(result: MetricResult) -> str:
    return _and([f"{wording.number(row.value, result.unit)} ({row.label})" for row in result.rows])


def _changed(result: MetricResult, later: bool) -> str:
    first, second = (row.value for row in result.rows)
    value, base = (second, first) if later else (first, second)
    if value is None or base is None:
        return "there is nothing to compare" if later else "cannot be compared with"
    if value == base:
        return "no change" if later else "is the same as"
    points = result.unit == SHARE
    apart = (
        f"{abs(value - base) * 100:.2f} percentage points"
        if points
        else wording.number(round(abs(value - base), 2), result.unit)
    )
    by = f" ({abs(result.change):.1%})" if result.change is not None else ""
    if later:
        return f"{'up' if value > base else 'down'} by {apart}{by}"
    return f"is {apart}{by} {'above' if value > base else 'below'}"


def _having(having: Having, shop: Shop) -> str:
    metric = METRICS[having.measure]
    unit = (shop.currency or MONEY) if metric.unit == MONEY else metric.unit
    low, high = (dict(having.bounds).get(name) for name in ("at_least", "at_most"))
    if low is not None and low == high:
        said = f"exactly {_figure(low, unit)}"
    else:
        said = " and ".join(f"{_BOUNDS[name]} {_figure(number, unit)}" for name, number in having.bounds)
    of = {"category": "categories", "country": "countries"}.get(having.of, f"{having.of.removesuffix('s')}s")
    word = "" if having.of == "order" and having.measure == "revenue" else f" {_OWN.get(having.measure, '')}"
    word = word.removesuffix("s") if {number for _, number in having.bounds} == {1} else word
    return f"counting only {of} {'with' if word else 'of'} {said}{word}".rstrip()


def _figure(number: float, unit: str) -> str:
    return wording.number(number if unit not in ("orders", "pieces") or number % 1 else int(number), unit)


def _small(text: str) -> str:
    return text[0].lower() + text[1:]


def _and(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
