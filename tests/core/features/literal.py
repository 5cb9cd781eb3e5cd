"""Literal purchases in the warehouse, as features.purchases shows them: sale lines, and orders of one item; 10 each."""

# Lines may say when they were cancelled; the view then ends them on the day before.
PURCHASES = """
create schema if not exists marts;
create schema if not exists features;
create table if not exists marts.fct_orders (
    customer_id text, invoice_date date, order_type text, cancelled date);
create table if not exists marts.fct_sales_lines (
    customer_id text, stock_code text, invoice_date date, line_type text, cancelled date);
create or replace view features.purchases as
    select customer_id, stock_code, invoice_date, invoice_date as known_from,
        coalesce(cancelled - 1, date 'infinity') as known_until, 10.0 as amount
    from marts.fct_sales_lines where line_type = 'sale' and customer_id is not null
    union all
    select customer_id, 'any', invoice_date, invoice_date, coalesce(cancelled - 1, date 'infinity'), 10.0
    from marts.fct_orders where order_type = 'sale' and customer_id is not null;
"""
