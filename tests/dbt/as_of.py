"""Customer features worked out again, day by day of asking, from the raw lines alone: an oracle that shares no SQL."""

from __future__ import annotations

from datetime import date
from typing import Any

import psycopg

COLUMNS = """as_of, customer_id, frequency, recency_days, t_days, monetary, revenue, orders, items_bought,
    first_purchase, last_purchase, country, mean_gap_days, distinct_items, returned, returns_share, first_day_revenue,
    first_country, recent_frequency"""
# What anybody would have seen on the evening of one day: no line after it is even looked at.
SEEN = """
    with seen as (
        select
            *, coalesce(country, 'Unspecified') as place, _source_file || ':' || invoice_date || ':' || _day_row as line
        from raw.transactions
        where invoice_date <= %(as_of)s and customer_id is not null
    ),
    sold as (
        select *
        from seen
        where quantity > 0 and unit_price > 0 and upper(stock_code) <> 'POST'
    ),
    came_back as (
        select * from seen where quantity < 0 and amount < 0 and upper(stock_code) <> 'POST'
    ),
    taken_back as (
        select found.line, sum(greatest(-came_back.quantity, 0)) as pieces
        from came_back cross join lateral (
            select line from sold
            where sold.customer_id = came_back.customer_id and upper(sold.stock_code) = upper(came_back.stock_code)
                and sold.invoiced_at <= came_back.invoiced_at and sold.quantity + came_back.quantity >= 0
            order by sold.unit_price <> came_back.unit_price, sold.quantity + came_back.quantity <> 0,
                sold.invoiced_at desc, line
            limit 1
        ) as found
        group by found.line
    ),
    bought as (
        select
            invoice_date, invoice_no, stock_code, customer_id, quantity - coalesce(pieces, 0) as pieces,
            round(amount * (quantity - coalesce(pieces, 0)) / quantity, 6) as amount
        from sold left join taken_back using (line)
        where quantity > coalesce(pieces, 0)
    ),
    started as (select customer_id, min(invoice_date) as day from bought group by customer_id),
    brought_back as (
        select customer_id, -sum(amount) as value
        from came_back join started using (customer_id)
        where invoice_date >= day and amount < 0
        group by customer_id
    )
    select
        %(as_of)s::date, customer_id, count(distinct invoice_date) - 1, max(invoice_date) - min(invoice_date),
        %(as_of)s::date - min(invoice_date),
        round(sum(amount) filter (where invoice_date > day) / nullif(count(distinct invoice_date) - 1, 0), 4),
        sum(amount), count(distinct (invoice_date, upper(invoice_no))), sum(pieces), min(invoice_date),
        max(invoice_date),
        (
            select place from seen where seen.customer_id = bought.customer_id
            group by invoice_date, place order by invoice_date desc, count(*) desc, place limit 1
        ),
        round((max(invoice_date) - min(invoice_date)) / nullif(count(distinct invoice_date) - 1, 0)::numeric, 4),
        count(distinct upper(stock_code)), coalesce(min(value), 0),
        round(coalesce(min(value), 0) / nullif(sum(amount) + coalesce(min(value), 0), 0), 4),
        sum(amount) filter (where invoice_date = day),
        (
            select place from seen where seen.customer_id = bought.customer_id and seen.invoice_date <= min(day)
            group by invoice_date, place order by invoice_date desc, count(*) desc, place limit 1
        ),
        count(distinct invoice_date) filter (
            where invoice_date <> day and invoice_date >= %(as_of)s::date + 1 - interval '3 months'
        )
    from bought join started using (customer_id) left join brought_back using (customer_id)
    group by customer_id
"""


def differing_rows(connection: psycopg.Connection[Any]) -> tuple[int, int]:
    """How many rows of features.customer_rfm there are, and how many are in it or in the oracle but not in both."""
    days: list[date] = [
        day for (day,) in connection.execute("select distinct as_of from features.customer_rfm order by 1")
    ]
    made, different = 0, 0
    for day in days:
        stored = f"select {COLUMNS} from features.customer_rfm where as_of = %(as_of)s"
        rows = connection.execute(stored.encode(), {"as_of": day}).fetchall()
        expected = connection.execute(SEEN.encode(), {"as_of": day}).fetchall()
        made += len(rows)
        different += len(set(rows) ^ set(expected)) + abs(len(rows) - len(expected))
    return made, different
