{{ config(
    materialized='incremental',
    meta={'window_column': 'invoice_date'},
    indexes=[{'columns': ['invoice_date'], 'unique': true}],
) }}

select
    invoice_date,
    count(*)::integer as lines,
    (count(distinct invoice_no) filter (where line_type = 'sale'))::integer as orders,
    (count(distinct customer_id) filter (where line_type = 'sale'))::integer as customers,
    coalesce(sum(quantity) filter (where line_type = 'sale'), 0)::bigint as items_sold,
    coalesce(sum(amount) filter (where line_type = 'sale'), 0)::numeric(28, 4) as sales_amount,
    coalesce(sum(amount) filter (where line_type = 'return'), 0)::numeric(28, 4) as returns_amount,
    coalesce(sum(amount) filter (where line_type = 'adjustment'), 0)::numeric(28, 4) as adjustments_amount,
    coalesce(sum(amount) filter (where line_type = 'non_product'), 0)::numeric(28, 4) as non_product_amount,
    sum(amount)::numeric(28, 4) as total_amount
from {{ ref('fct_sales_lines') }}
{% if is_incremental() %}
where {{ in_window('invoice_date') }}
{% endif %}
group by invoice_date
