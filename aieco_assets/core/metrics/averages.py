"""The governed metrics that are an average: per order, per piece, per customer."""

from __future__ import annotations

from aieco_assets.core.metrics.metric import BY_ITEM, INVOICES, KEPT, KEPT_AMOUNT, MONEY, SALE, Metric

AVERAGES = (
    Metric(
        "items_per_order",
        "The average number of items per order",
        f"Pieces on sale lines divided by the number of orders.{BY_ITEM}",
        "pieces",
        "How many items are in an average order?",
        SALE,
        f"sum(quantity) / nullif({INVOICES}, 0)",
        f"sum(quantity - coalesce(cancelled_quantity, 0)) / nullif({INVOICES}{KEPT}, 0)",
        "quantity",
    ),
    Metric(
        "average_price",
        "The average price of an item sold",
        f"Revenue divided by the number of items sold.{BY_ITEM}",
        MONEY,
        "What was our average selling price in March 2011?",
        SALE,
        "sum(amount) / nullif(sum(quantity), 0)",
        f"{KEPT_AMOUNT} / nullif(sum(quantity - coalesce(cancelled_quantity, 0)), 0)",
        "quantity",
    ),
    Metric(
        "revenue_per_customer",
        "The average revenue per customer",
        "Revenue of the sales with a customer number divided by the number of customers.",
        MONEY,
        "How much does a customer spend on average?",
        f"{SALE} and customer_id is not null",
        "sum(amount) / nullif(count(distinct customer_id), 0)",
        needs="customer",
    ),
    Metric(
        "orders_per_customer",
        "The average number of orders per customer",
        "Orders with a customer number divided by the number of customers.",
        "orders",
        "How many orders does the average customer place?",
        f"{SALE} and customer_id is not null",
        f"{INVOICES}::numeric / nullif(count(distinct customer_id), 0)",
        needs="customer",
    ),
)
