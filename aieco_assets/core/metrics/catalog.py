"""The governed metrics: what each number means, and of which lines it is made. The only SQL is that of `statements`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aieco_assets.core.metrics.metric import MONEY, SHARE, Metric
from aieco_assets.core.metrics.statements import FILTERS, GROUPINGS, TABLE, total

_HIDDEN = ("subject", "condition", "value", "net", "needs")


_SALE, _RETURN = "line_type = 'sale'", "line_type = 'return'"
# An invoice is told by number and day, as in fct_orders; a row is slower to tell apart than one text.
_INVOICES = "count(distinct invoice_no || ' ' || invoice_date)"
_KEPT = " filter (where cancelled_quantity is null or cancelled_quantity < quantity)"
_KEPT_AMOUNT = "sum(amount - coalesce(cancelled_amount, 0))"
_BY_ITEM = (
    " By item or customer it is net of linked cancellations: without what a cancellation that is linked to its sale "
    "took back, on the day of the sale."
)

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "revenue",
            "Revenue",
            "Quantity x unit price of every sale line, or its amount where the source gives amounts. Cancellations, "
            f"adjustments of the books, postage, fees, discounts, vouchers and tests are not in it.{_BY_ITEM}",
            MONEY,
            "How much revenue did we make in Germany in March 2011?",
            _SALE,
            "coalesce(sum(amount), 0)",
            f"coalesce({_KEPT_AMOUNT}, 0)",
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
            f"count; an order that was cancelled later does.{_BY_ITEM}",
            "orders",
            "How many sales have we made in the past year in the UK?",
            _SALE,
            _INVOICES,
            _INVOICES + _KEPT,
            "order",
        ),
        Metric(
            "customers",
            "The number of customers",
            "Different known customers with at least one sale line. Sales without a customer number count for nobody."
            f"{_BY_ITEM}",
            "customers",
            "How many customers bought something in France last year?",
            _SALE,
            "count(distinct customer_id)",
            f"count(distinct customer_id){_KEPT}",
            "customer",
        ),
        Metric(
            "items_sold",
            "The number of items sold",
            f"Pieces on sale lines; what came back later is not taken off.{_BY_ITEM}",
            "pieces",
            "How many items did we sell last month?",
            _SALE,
            "coalesce(sum(quantity), 0)",
            "coalesce(sum(quantity - coalesce(cancelled_quantity, 0)), 0)",
            "quantity",
        ),
        Metric(
            "different_items",
            "The number of different items sold",
            f"Different stock codes of the catalogue with at least one sale line.{_BY_ITEM}",
            "items",
            "How many different items did we sell in 2011?",
            _SALE,
            "count(distinct stock_code)",
            f"count(distinct stock_code){_KEPT}",
        ),
        Metric(
            "average_order_value",
            "The average order value",
            f"Revenue divided by the number of orders, both as defined here.{_BY_ITEM}",
            MONEY,
            "What was our average order value by country?",
            _SALE,
            f"sum(amount) / nullif({_INVOICES}, 0)",
            f"{_KEPT_AMOUNT} / nullif({_INVOICES}{_KEPT}, 0)",
            "order",
        ),
        Metric(
            "items_per_order",
            "The average number of items per order",
            f"Pieces on sale lines divided by the number of orders.{_BY_ITEM}",
            "pieces",
            "How many items are in an average order?",
            _SALE,
            f"sum(quantity) / nullif({_INVOICES}, 0)",
            f"sum(quantity - coalesce(cancelled_quantity, 0)) / nullif({_INVOICES}{_KEPT}, 0)",
            "quantity",
        ),
        Metric(
            "average_price",
            "The average price of an item sold",
            f"Revenue divided by the number of items sold.{_BY_ITEM}",
            MONEY,
            "What was our average selling price in March 2011?",
            _SALE,
            "sum(amount) / nullif(sum(quantity), 0)",
            f"{_KEPT_AMOUNT} / nullif(sum(quantity - coalesce(cancelled_quantity, 0)), 0)",
            "quantity",
        ),
        Metric(
            "revenue_per_customer",
            "The average revenue per customer",
            "Revenue of the sales with a customer number divided by the number of customers.",
            MONEY,
            "How much does a customer spend on average?",
            f"{_SALE} and customer_id is not null",
            "sum(amount) / nullif(count(distinct customer_id), 0)",
            needs="customer",
        ),
        Metric(
            "orders_per_customer",
            "The average number of orders per customer",
            "Orders with a customer number divided by the number of customers.",
            "orders",
            "How many orders does the average customer place?",
            f"{_SALE} and customer_id is not null",
            f"{_INVOICES}::numeric / nullif(count(distinct customer_id), 0)",
            needs="customer",
        ),
        Metric(
            "countries",
            "The number of countries",
            "Different countries with at least one sale line. Sales without a country count for none.",
            "countries",
            "How many countries do we sell to?",
            f"{_SALE} and country <> 'Unspecified'",
            "count(distinct country)",
            needs="country",
        ),
        Metric(
            "returns",
            "The number of returns",
            "Invoices with at least one item on them that was taken back or cancelled.",
            "returns",
            "How many returns did we have since June 2011?",
            _RETURN,
            _INVOICES,
            needs="order",
        ),
        Metric(
            "returned_items",
            "The number of items returned",
            "Pieces on the lines of items that were taken back or cancelled.",
            "pieces",
            "Which items were returned most?",
            _RETURN,
            "coalesce(-sum(quantity), 0)",
            needs="quantity",
        ),
        Metric(
            "returned_value",
            "The value of returns",
            "What the lines of items that were taken back or cancelled come to, told as an amount above zero.",
            MONEY,
            "What was the value of returns in the last 3 months?",
            _RETURN,
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
