{{ config(
    materialized='incremental',
    tags=['monthly'],
    meta={'window_column': 'month_end'},
    indexes=[{'columns': ['month_end', 'stock_code', 'other_stock_code'], 'unique': true}],
) }}

with baskets as (

    select distinct
        (date_trunc('month', invoice_date) + interval '1 month - 1 day')::date as month_end,
        invoice_date,
        invoice_no,
        stock_code
    from {{ ref('fct_sales_lines') }}
    where
        line_type = 'sale'
        {% if is_incremental() %}
        and {{ in_window("(date_trunc('month', invoice_date) + interval '1 month - 1 day')::date", 'month_end') }}
        {% endif %}

),

sized as (

    select
        *,
        count(*) over (partition by invoice_date, invoice_no) as basket_items,
        count(*) over (partition by month_end, stock_code) as invoices
    from baskets

),

-- A pair can't be bought together more often than its rarer item is bought (the a-priori rule).
kept as (

    select *
    from sized
    where basket_items between 2 and {{ var('largest_basket') }} and invoices >= {{ var('fewest_invoices_of_a_pair') }}

),

totals as (

    select month_end, count(distinct (invoice_date, invoice_no)) as invoices
    from baskets
    group by month_end

),

pairs as (

    select
        one.month_end,
        one.stock_code,
        other.stock_code as other_stock_code,
        count(*) as invoices_together,
        max(one.invoices) as invoices,
        max(other.invoices) as other_invoices
    from kept as one
    inner join kept as other
        on other.invoice_date = one.invoice_date
        and other.invoice_no = one.invoice_no
        and other.stock_code > one.stock_code
    group by one.month_end, one.stock_code, other.stock_code
    having count(*) >= {{ var('fewest_invoices_of_a_pair') }}

)

select
    pairs.month_end,
    pairs.stock_code,
    pairs.other_stock_code,
    pairs.invoices_together::integer as invoices_together,
    pairs.invoices::integer as invoices,
    pairs.other_invoices::integer as other_invoices,
    totals.invoices::integer as all_invoices,
    round(pairs.invoices_together::numeric * totals.invoices / (pairs.invoices * pairs.other_invoices), 4)::numeric(14, 4)
        as lift
from pairs
inner join totals using (month_end)
