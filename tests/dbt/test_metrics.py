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
        digits = 4 if METRICS[name].unit == "share" else 2
        assert told.answer.metric.value == round(float(expected), digits), name
