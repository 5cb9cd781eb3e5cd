"""The governed metrics on marts that dbt built: they are the numbers that the other marts hold."""

from __future__ import annotations

from aieco_assets.core.contracts import KnowledgeVersion
from aieco_assets.core.metrics.answer import reply
from aieco_assets.core.metrics.catalog import METRICS
from aieco_assets.core.storage.postgres import connect

LINES = (
    "1,85123A,HEART,6,2010-12-01 08:26:00,2.55,7,United Kingdom",
    "1,22139,TIN,2,2010-12-01 08:26:00,1.25,7,United Kingdom",
    "C2,85123A,HEART,-1,2010-12-02 09:00:00,2.55,7,United Kingdom",
    "C3,POST,POSTAGE,-1,2010-12-02 09:30:00,18,7,United Kingdom",
    "3,POST,POSTAGE,1,2010-12-03 09:00:00,18,8,France",
    "4,22139,,-5,2010-12-03 10:00:00,0,,",
    "5,85123A,HEART,2,2010-12-20 10:00:00,2.95,8,France",
    "6,22139,TIN,4,2011-01-04 10:00:00,1.25,,Spain",
    "A8,B,Adjust bad debt,1,2011-01-05 11:00:00,-11062.06,,",
)
SAME = {
    "revenue": "select sum(sales_amount) from marts.agg_daily_sales",
    "net_revenue": "select sum(sales_amount + returns_amount) from marts.agg_daily_sales",
    "orders": "select count(*) from marts.fct_orders where order_type = 'sale'",
    "customers": "select count(distinct customer_id) from marts.fct_orders where order_type = 'sale'",
    "items_sold": "select sum(pieces_sold) from marts.fct_orders",
    "different_items": "select count(*) from marts.dim_items where is_current and list_price is not null",
    "average_order_value": "select sum(sales_amount) / count(*) from marts.fct_orders where order_type = 'sale'",
    "items_per_order": "select sum(pieces_sold)::numeric / count(*) from marts.fct_orders where order_type = 'sale'",
    "average_price": "select sum(sales_amount) / sum(pieces_sold) from marts.fct_orders",
    "revenue_per_customer": "select sum(sales_amount) / count(distinct customer_id) from marts.fct_orders"
    " where order_type = 'sale' and customer_id is not null",
    "orders_per_customer": "select count(*)::numeric / count(distinct customer_id) from marts.fct_orders"
    " where order_type = 'sale' and customer_id is not null",
    "countries": "select count(distinct country) from marts.fct_orders where order_type = 'sale'",
    "returns": "select count(distinct invoice_no) from marts.fct_returns",
    "returned_items": "select sum(pieces_returned) from marts.fct_returns",
    "returned_value": "select -sum(returns_amount) from marts.agg_daily_sales",
    "return_rate": "select -sum(returns_amount) / sum(sales_amount) from marts.agg_daily_sales",
}
QUESTIONS = {
    "revenue": "What was our revenue?",
    "net_revenue": "What was our net revenue?",
    "orders": "How many orders did we get?",
    "customers": "How many customers do we have?",
    "items_sold": "How many items did we sell?",
    "different_items": "How many different items did we sell?",
    "average_order_value": "What is our average order value?",
    "items_per_order": "How many items are in an average order?",
    "average_price": "What is our average selling price?",
    "revenue_per_customer": "How much does a customer spend on average?",
    "orders_per_customer": "How many orders does the average customer place?",
    "countries": "How many countries do we sell to?",
    "returns": "How many returns did we have?",
    "returned_items": "How many items were returned?",
    "returned_value": "What is our returned value?",
    "return_rate": "What is our return rate?",
}


def test_every_metric_is_the_number_that_the_other_marts_hold(shop, send, dbt):
    send("lines.csv", *LINES)
    dbt("run")

    assert set(SAME) == set(QUESTIONS) == set(METRICS)
    for name, statement in SAME.items():
        told = reply(shop, QUESTIONS[name], lambda: KnowledgeVersion(0, None))
        assert told is not None and told.answer.metric is not None
        with connect(shop.warehouse) as connection:
            ((expected,),) = connection.execute(statement.encode()).fetchall()
        digits = 2 if METRICS[name].unit == "currency" else 4
        assert told.answer.metric.value == round(float(expected), digits), name


def test_an_order_cancelled_minutes_later_makes_neither_its_item_nor_its_customer_the_best(shop, send, dbt):
    send(
        "lines.csv",
        *LINES,
        "581483,23843,PAPER CRAFT,80995,2011-01-09 09:15:00,2.08,16446,United Kingdom",
        "C581484,23843,PAPER CRAFT,-80995,2011-01-09 09:27:00,2.08,16446,United Kingdom",
    )
    dbt("run")

    def told(question: str) -> list[tuple[str, int | float | None]]:
        replied = reply(shop, question, lambda: KnowledgeVersion(0, None))
        assert replied is not None and replied.answer.metric is not None, question
        assert "net of linked cancellations" in replied.answer.answer or not replied.answer.metric.rows
        rows = [(row.key, row.value) for row in replied.answer.metric.rows]
        return rows or [("", replied.answer.metric.value)]

    assert told("What is our best-selling item?") == [("85123A", 7)]  # of 8, one came back
    assert told("top 3 items") == [("85123A", 18.65), ("22139", 7.5), ("23843", 0.0)]
    assert told("Which customer bought the most?") == [("7", 15.25)]
    assert told("How many items did we sell?") == [("", 81009)]
