"""The SQL of metrics. A statement depends on metric, groupings and order alone; all else is a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aieco_assets.core.metrics.catalog import Metric

TABLE = "marts.fct_sales_lines"
CANCELLED = "marts.fct_linked_cancellations"
ITEM_NAMES = "marts.dim_items"
FILTERS = ("countries", "stores", "categories", "items", "first_day", "last_day")


@dataclass(frozen=True)
class Grouping:
    """`key`: SQL of what the lines are grouped by; `in_order`: its groups have an order of their own (time).

    `ranks`: people ask who or what is the best of it, so its numbers are net of linked cancellations.
    """

    key: str
    in_order: bool = False
    ranks: bool = False
    condition: str = ""


GROUPINGS: dict[str, Grouping] = {
    "country": Grouping("country"),
    "category": Grouping("coalesce(category, 'Unspecified')"),
    "store": Grouping("coalesce(store, 'Unspecified')"),
    "item": Grouping("stock_code", ranks=True),
    "customer": Grouping("customer_id", ranks=True, condition=" and customer_id is not null"),
    "day": Grouping("to_char(invoice_date, 'YYYY-MM-DD')", in_order=True),
    "month": Grouping("to_char(invoice_date, 'YYYY-MM')", in_order=True),
    "quarter": Grouping("""to_char(invoice_date, 'YYYY-"Q"Q')""", in_order=True),
    "year": Grouping("to_char(invoice_date, 'YYYY')", in_order=True),
}
ORDERS: dict[str, str] = {"key": "", "most": "value desc nulls last, ", "least": "value nulls last, "}

_WHERE = """
where invoice_date between %(first_day)s and %(last_day)s
  and (%(countries)s::text[] is null or country = any(%(countries)s))
  and (%(stores)s::text[] is null or store = any(%(stores)s))
  and (%(categories)s::text[] is null or category = any(%(categories)s))
  and (%(items)s::text[] is null or stock_code = any(%(items)s))
  and """


def is_net(metric: Metric, groups: Sequence[str]) -> bool:
    """Whether the numbers of these groups are net of linked cancellations."""
    return bool(metric.net) and any(GROUPINGS[group].ranks for group in groups)


def total(metric: Metric, groups: Sequence[str] = ()) -> str:
    """One row: the value over all lines that the groups are made of. Parameters: FILTERS."""
    return f"select {_value(metric, groups)}{_lines(metric, groups)}"


def grouped(metric: Metric, groups: Sequence[str], order: str) -> str:
    """Rows of one or two keys, value and the number of all groups. Parameters: FILTERS and `limit`.

    `order`: a key of ORDERS.
    """
    names = [f"key_{number}" for number, _ in enumerate(groups, 1)]
    keys = ", ".join(f"{GROUPINGS[group].key} as {name}" for group, name in zip(groups, names, strict=True))
    listed, places = ", ".join(names), ", ".join(str(number) for number, _ in enumerate(groups, 1))
    made = f"select {keys}, {_value(metric, groups)} as value{_lines(metric, groups)} group by {places}"
    return (
        f"select {listed}, value, count(*) over () from ({made}) as groups\n"  # noqa: S608
        f"order by {ORDERS[order]}{listed}\nlimit %(limit)s"
    )


def _value(metric: Metric, groups: Sequence[str]) -> str:
    return metric.net if is_net(metric, groups) else metric.value


def _lines(metric: Metric, groups: Sequence[str]) -> str:
    joined = f"\nleft join {CANCELLED} using (line_id, invoice_date)" if is_net(metric, groups) else ""
    conditions = "".join(GROUPINGS[group].condition for group in groups)
    return f"\nfrom {TABLE}{joined}{_WHERE}{metric.condition}{conditions}"
