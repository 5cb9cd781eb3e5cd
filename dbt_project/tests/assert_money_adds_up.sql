-- To the penny and day by day: sales + returns + adjustments + non-product lines + tests = the source.
{{ config(meta={'dagster': {'ref': {'name': 'agg_daily_sales'}}}) }}

with source_days as (

    select invoice_date, sum(amount) as amount, count(*) as lines
    from {{ source('raw', 'transactions') }}
    where {{ in_window('invoice_date') }}
    group by invoice_date

),

fact_days as (

    select invoice_date, sum(amount) as amount, count(*) as lines
    from {{ ref('fct_sales_lines') }}
    where {{ in_window('invoice_date') }}
    group by invoice_date

),

agg_days as (

    select
        invoice_date,
        lines,
        sales_amount + returns_amount + adjustments_amount + non_product_amount + tests_amount as amount
    from {{ ref('agg_daily_sales') }}
    where {{ in_window('invoice_date') }}

)

select
    invoice_date,
    source_days.amount as source_amount,
    fact_days.amount as fact_amount,
    agg_days.amount as agg_amount
from source_days
full join fact_days using (invoice_date)
full join agg_days using (invoice_date)
where source_days.amount is distinct from fact_days.amount
    or source_days.amount is distinct from agg_days.amount
    or source_days.lines is distinct from fact_days.lines
    or source_days.lines is distinct from agg_days.lines
