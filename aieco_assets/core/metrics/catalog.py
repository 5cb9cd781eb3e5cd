"""The governed metrics: what each number means, and of which lines it is made. The only SQL is that of `statements`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aieco_assets.core.metrics.averages import AVERAGES
from aieco_assets.core.metrics.metric import BY_ITEM, INVOICES, KEPT, KEPT_AMOUNT, MONEY, RETURN, SALE, SHARE, Metric
from aieco_assets.core.metrics.statements import FILTERS, GROUPINGS, TABLE, total

_HIDDEN = ("subject", "condition", "value", "net", "needs")


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "revenue",
            "Revenue",
            "Quantity x unit price of every sale line, or its amount where the source gives amounts. Cancellations, "
            f"adjustments of the books, postage, fees, discounts, vouchers and tests are not in it.{BY_ITEM}",
            MONEY,
            "How much revenue did we make in Germany in March 2011?",
            SALE,
            "coalesce(sum(amount), 0)",
            f"coalesce({KEPT_AMOUNT}, 0)",
        ),
        Metric(
            "net_revenue",
            "Net revenue",
            "Revenue less the value of returned items, each on the day of its own invoice. Postage, fees, discounts, "
            "vouchers, tests and adjustments of the books are not in it.",
            MONEY,
            "What was our net revenue by month in 2011?",
            "line_type in ('sale', 'return')",
            "coalesce(sum(amount), 0)",
        ),
        Metric(
            "orders",
            "The number of orders",
            "Invoices with at least one sale line. Cancellations, adjustments and invoices of postage alone do not "
            f"count; an order that was cancelled later does.{BY_ITEM}",
            "orders",
            "How many sales have we made in the past year in the UK?",
            SALE,
            INVOICES,
            INVOICES + KEPT,
            "order",
        ),
        Metric(
            "customers",
            "The number of customers",
            "Different known customers with at least one sale line. Sales without a customer number count for nobody."
            f"{BY_ITEM}",
            "customers",
            "How many customers bought something in France last year?",
            SALE,
            "count(distinct customer_id)",
            f"count(distinct customer_id){KEPT}",
            "customer",
        ),
        Metric(
            "items_sold",
            "The number of items sold",
            f"Pieces on sale lines; what came back later is not taken off.{BY_ITEM}",
            "pieces",
            "How many items did we sell last month?",
            SALE,
            "coalesce(sum(quantity), 0)",
            "coalesce(sum(quantity - coalesce(cancelled_quantity, 0)), 0)",
            "quantity",
        ),
        Metric(
            "different_items",
            "The number of different items sold",
            f"Different stock codes of the catalogue with at least one sale line.{BY_ITEM}",
            "items",
            "How many different items did we sell in 2011?",
            SALE,
            "count(distinct stock_code)",
            f"count(distinct stock_code){KEPT}",
        ),
        Metric(
            "average_order_value",
            "The average order value",
            f"Revenue divided by the number of orders, both as defined here.{BY_ITEM}",
            MONEY,
            "What was our average order value by country?",
            SALE,
            f"sum(amount) / nullif({INVOICES}, 0)",
            f"{KEPT_AMOUNT} / nullif({INVOICES}{KEPT}, 0)",
            "order",
        ),
        *AVERAGES,
        Metric(
            "countries",
            "The number of countries",
            "Different countries with at least one sale line. Sales without a country count for none.",
            "countries",
            "How many countries do we sell to?",
            f"{SALE} and country <> 'Unspecified'",
            "count(distinct country)",
            needs="country",
        ),
        Metric(
            "returns",
            "The number of returns",
            "Invoices with at least one item on them that was taken back or cancelled.",
            "returns",
            "How many returns did we have since June 2011?",
            RETURN,
            INVOICES,
            needs="order",
        ),
        Metric(
            "returned_items",
            "The number of items returned",
            "Pieces on the lines of items that were taken back or cancelled.",
            "pieces",
            "Which items were returned most?",
            RETURN,
            "coalesce(-sum(quantity), 0)",
            needs="quantity",
        ),
        Metric(
            "returned_value",
            "The value of returns",
            "What the lines of items that were taken back or cancelled come to, told as an amount above zero.",
            MONEY,
            "What was the value of returns in the last 3 months?",
            RETURN,
            "coalesce(-sum(amount), 0)",
        ),
        Metric(
            "return_rate",
            "The return rate",
            "Value of returns divided by revenue of the same days, so a return may belong to an earlier sale.",
            SHARE,
            "What is our return rate by country?",
            "line_type in ('sale', 'return')",
            "-coalesce(sum(amount) filter (where line_type = 'return'), 0)"
            " / nullif(sum(amount) filter (where line_type = 'sale'), 0)",
        ),
    )
}


def listed() -> list[dict[str, Any]]:
    """The catalogue as other programs read it."""
    return [
        {
            **{key: value for key, value in asdict(metric).items() if key not in _HIDDEN},
            "tables": [TABLE],
            "filters": list(FILTERS),
            "groupings": list(GROUPINGS),
            "sql": total(metric),
        }
        for metric in METRICS.values()
    ]
