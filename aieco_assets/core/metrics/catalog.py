"""The governed metrics: what each number means, and the only SQL that is ever run for one.

A statement depends on metric, grouping and order alone, so there are finitely many; all else is a parameter.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

TABLE = "marts.fct_sales_lines"
ITEM_NAMES = "marts.dim_items"
FILTERS = ("countries", "items", "first_day", "last_day")


@dataclass(frozen=True)
class Metric:
    """One number over the invoice lines. `condition` says which lines count, `value` what is made of them.

    `unit`: GBP (pounds sterling), share (0 to 1), or what is counted. `subject` begins the sentence that tells it.
    """

    name: str
    subject: str
    definition: str
    unit: str
    example: str
    condition: str
    value: str


@dataclass(frozen=True)
class Grouping:
    """`key`: SQL of what the lines are grouped by; `in_order`: its groups have an order of their own (time)."""

    key: str
    in_order: bool


_SALE, _RETURN = "line_type = 'sale'", "line_type = 'return'"
# An invoice is told by number and day, as in fct_orders; a row is slower to tell apart than one text.
_INVOICES = "count(distinct invoice_no || ' ' || invoice_date)"

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "revenue",
            "Revenue",
            "Quantity x unit price of every sale line. Cancellations, adjustments of the books, postage, fees, "
            "discounts and vouchers are not in it.",
            "GBP",
            "How much revenue did we make in Germany in March 2011?",
            _SALE,
            "coalesce(sum(amount), 0)",
        ),
        Metric(
            "net_revenue",
            "Net revenue",
            "Revenue less the value of returned items, each on the day of its own invoice. Postage, fees, discounts, "
            "vouchers and adjustments of the books are not in it.",
            "GBP",
            "What was our net revenue by month in 2011?",
            "line_type in ('sale', 'return')",
            "coalesce(sum(amount), 0)",
        ),
        Metric(
            "orders",
            "The number of orders",
            "Invoices with at least one sale line. Cancellations, adjustments and invoices of postage alone do not "
            "count; an order that was cancelled later does.",
            "orders",
            "How many sales have we made in the past year in the UK?",
            _SALE,
            _INVOICES,
        ),
        Metric(
            "customers",
            "The number of customers",
            "Different known customers with at least one sale line. Sales without a customer number count for nobody.",
            "customers",
            "How many customers bought something in France last year?",
            _SALE,
            "count(distinct customer_id)",
        ),
        Metric(
            "items_sold",
            "The number of items sold",
            "Pieces on sale lines; what came back later is not taken off.",
            "pieces",
            "How many items did we sell last month?",
            _SALE,
            "coalesce(sum(quantity), 0)",
        ),
        Metric(
            "different_items",
            "The number of different items sold",
            "Different stock codes of the catalogue with at least one sale line.",
            "items",
            "How many different items did we sell in 2011?",
            _SALE,
            "count(distinct stock_code)",
        ),
        Metric(
            "average_order_value",
            "The average order value",
            "Revenue divided by the number of orders, both as defined here.",
            "GBP",
            "What was our average order value by country?",
            _SALE,
            f"sum(amount) / nullif({_INVOICES}, 0)",
        ),
        Metric(
            "returns",
            "The number of returns",
            "Cancellations (invoice numbers with C) with at least one item on them.",
            "returns",
            "How many returns did we have since June 2011?",
            _RETURN,
            _INVOICES,
        ),
        Metric(
            "returned_items",
            "The number of items returned",
            "Pieces on the item lines of cancellations.",
            "pieces",
            "Which items were returned most?",
            _RETURN,
            "coalesce(-sum(quantity), 0)",
        ),
        Metric(
            "returned_value",
            "The value of returns",
            "Quantity x unit price of the item lines of cancellations, told as an amount above zero.",
            "GBP",
            "What was the value of returns in the last 3 months?",
            _RETURN,
            "coalesce(-sum(amount), 0)",
        ),
        Metric(
            "return_rate",
            "The return rate",
            "Value of returns divided by revenue of the same days, so a return may belong to an earlier sale.",
            "share",
            "What is our return rate by country?",
            "line_type in ('sale', 'return')",
            "-coalesce(sum(amount) filter (where line_type = 'return'), 0)"
            " / nullif(sum(amount) filter (where line_type = 'sale'), 0)",
        ),
    )
}
GROUPINGS: dict[str, Grouping] = {
    "country": Grouping("country", False),
    "item": Grouping("stock_code", False),
    "day": Grouping("to_char(invoice_date, 'YYYY-MM-DD')", True),
    "month": Grouping("to_char(invoice_date, 'YYYY-MM')", True),
    "quarter": Grouping("""to_char(invoice_date, 'YYYY-"Q"Q')""", True),
    "year": Grouping("to_char(invoice_date, 'YYYY')", True),
}
ORDERS: dict[str, str] = {"key": "key", "most": "value desc nulls last, key", "least": "value nulls last, key"}

_LINES = f"""
from {TABLE}
where invoice_date between %(first_day)s and %(last_day)s
  and (%(countries)s::text[] is null or country = any(%(countries)s))
  and (%(items)s::text[] is null or stock_code = any(%(items)s))
  and """


def total(metric: Metric) -> str:
    """One row: the value. Parameters: FILTERS."""
    return f"select {metric.value}{_LINES}{metric.condition}"


def grouped(metric: Metric, grouping: Grouping, order: str) -> str:
    """Rows of key, value and the number of all groups. Parameters: FILTERS and `limit`. `order`: a key of ORDERS."""
    groups = f"select {grouping.key} as key, {metric.value} as value{_LINES}{metric.condition} group by 1"
    return f"select key, value, count(*) over () from ({groups}) as groups\norder by {ORDERS[order]}\nlimit %(limit)s"  # noqa: S608


def listed() -> list[dict[str, Any]]:
    """The catalogue as other programs read it."""
    return [
        {
            **{key: value for key, value in asdict(metric).items() if key not in ("subject", "condition", "value")},
            "tables": [TABLE],
            "filters": list(FILTERS),
            "groupings": list(GROUPINGS),
            "sql": total(metric),
        }
        for metric in METRICS.values()
    ]
