"""The SQL of metrics. A statement depends on metric, groupings and order alone; all else is a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aieco_assets.core.metrics.semantic import SemanticModel
from aieco_assets.core.metrics.semantic_files import read_layer

if TYPE_CHECKING:
    from aieco_assets.core.metrics.metric import Metric

TABLE = "marts.fct_sales_lines"
CANCELLED = "marts.fct_linked_cancellations"
ITEM_NAMES = "marts.dim_items"
FILTERS = ("countries", "stores", "categories", "items", "first_day", "last_day")
LEFT_OUT = ("without_stores", "without_categories", "without_items")
BOUNDS = ("more_than", "at_least", "less_than", "at_most")
PARAMETERS = (*FILTERS, *LEFT_OUT, "weekdays", *BOUNDS)


@dataclass(frozen=True)
class Grouping:
    """`key`: SQL of what the lines are grouped by; `in_order`: its groups have an order of their own (time).

    `ranks`: people ask who or what is the best of it, so its numbers are net of linked cancellations.
    """

    key: str
    in_order: bool = False
    ranks: bool = False
    condition: str = ""


# How the days of a time dimension are told at each of its grains.
GRAINS = {
    "day": "YYYY-MM-DD",
    "week": 'IYYY-"W"IW',
    "month": "YYYY-MM",
    "quarter": 'YYYY-"Q"Q',
    "year": "YYYY",
}


def groupings(model: SemanticModel) -> dict[str, Grouping]:
    """What the dimensions of a semantic model can be grouped by; a time dimension by each grain."""
    found: dict[str, Grouping] = {}
    for one in model.dimensions:
        meta = one.config.meta
        if one.type == "time" and meta.grouping:
            found |= {grain: Grouping(f"to_char({one.sql}, '{form}')", in_order=True) for grain, form in GRAINS.items()}
        elif meta.grouping:
            known = f" and {one.sql} is not null" if meta.known_only else ""
            found[one.name] = Grouping(one.sql, meta.in_order, meta.net, known)
    return found


LAYER = read_layer()
GROUPINGS: dict[str, Grouping] = groupings(LAYER.model)
TIMES = tuple(name for name, grouping in GROUPINGS.items() if grouping.in_order)
ORDERS: dict[str, str] = {"key": "", "most": "value desc nulls last, ", "least": "value nulls last, "}

# What lines are told apart by when only those of some orders, customers … count.
ENTITIES: dict[str, str] = {
    **{entity.name: entity.expr for entity in LAYER.model.entities if entity.type == "foreign"},
    **{name: grouping.key for name, grouping in GROUPINGS.items() if not grouping.in_order},
}
_COLUMNS = {"countries": "country", "stores": "store", "categories": "category", "items": "stock_code"}
_WHERE = "\nwhere invoice_date between %(first_day)s and %(last_day)s" + "".join(
    f"\n  and (%({name})s::text[] is null or {column} = any(%({name})s))" for name, column in _COLUMNS.items()
)
# Those without a country are told apart by name; without a category or store they have none, and are not left out.
_WHERE += "".join(
    f"\n  and (%(without_{name})s::text[] is null or not coalesce({_COLUMNS[name]} = any(%(without_{name})s), false))"
    for name in ("stores", "categories", "items")
)
_WHERE += """
  and (%(weekdays)s::int[] is null or extract(isodow from invoice_date) = any(%(weekdays)s))
  and """
_SIGNS = {"more_than": ">", "at_least": ">=", "less_than": "<", "at_most": "<="}


def is_net(metric: Metric, groups: Sequence[str]) -> bool:
    """Whether the numbers of these groups are net of linked cancellations."""
    return bool(metric.net) and any(GROUPINGS[group].ranks for group in groups)


def total(metric: Metric, groups: Sequence[str] = (), having: tuple[Metric, str] | None = None) -> str:
    """One row: the value over all lines that the groups are made of. Parameters: PARAMETERS.

    `having`: only lines of those entities (a key of ENTITIES) whose own value of a metric is within the bounds.
    """
    return f"select {_value(metric, groups)}{_lines(metric, groups)}{_having(having)}"


def grouped(metric: Metric, groups: Sequence[str], order: str, having: tuple[Metric, str] | None = None) -> str:
    """Rows of one or two keys, value and the number of all groups. Parameters: PARAMETERS and `limit`.

    `order`: a key of ORDERS. `having`: as in `total`.
    """
    names = [f"key_{number}" for number, _ in enumerate(groups, 1)]
    keys = ", ".join(f"{GROUPINGS[group].key} as {name}" for group, name in zip(groups, names, strict=True))
    listed, places = ", ".join(names), ", ".join(str(number) for number, _ in enumerate(groups, 1))
    lines = f"{_lines(metric, groups)}{_having(having)}"
    made = f"select {keys}, {_value(metric, groups)} as value{lines} group by {places}"
    return (
        f"select {listed}, value, count(*) over () from ({made}) as groups\n"  # noqa: S608
        f"order by {ORDERS[order]}{listed}\nlimit %(limit)s"
    )


def _having(having: tuple[Metric, str] | None) -> str:
    """The entities are measured over the same lines: of these days, these countries …"""
    if having is None:
        return ""
    metric, entity = having
    groups = (entity,) if entity in GROUPINGS else ()
    bounds = " and ".join(
        f"(%({name})s::numeric is null or {_value(metric, groups)} {_SIGNS[name]} %({name})s)" for name in BOUNDS
    )
    key = ENTITIES[entity]
    return f"\n  and {key} in (select {key}{_lines(metric, groups)} group by 1 having {bounds})"


def _value(metric: Metric, groups: Sequence[str]) -> str:
    return _literal(metric.net if is_net(metric, groups) else metric.value)


def _lines(metric: Metric, groups: Sequence[str]) -> str:
    joined = f"\nleft join {CANCELLED} using (line_id, invoice_date)" if is_net(metric, groups) else ""
    conditions = "".join(GROUPINGS[group].condition for group in groups)
    return f"\nfrom {TABLE}{joined}{_WHERE}({_literal(metric.condition)}){conditions}"


def _literal(sql: str) -> str:
    """A per cent sign of the definition is no parameter."""
    return sql.replace("%", "%%")
