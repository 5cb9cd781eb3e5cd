{{ config(
    materialized='incremental',
    meta={'window_column': 'invoice_date'},
    indexes=[{'columns': ['invoice_date']}],
) }}

select
    invoice_no,
    invoice_date,
    min(invoiced_at) as invoiced_at,
    min(customer_id) as customer_id,
    min(country) as country,
    {{ order_type('invoice_no', "bool_or(line_type = 'sale')") }} as order_type,
    count(*)::integer as lines,
    (count(distinct stock_code) filter (where line_type = 'sale'))::integer as items,
    coalesce(sum(quantity) filter (where line_type = 'sale'), 0)::bigint as pieces_sold,
    coalesce(sum(amount) filter (where line_type = 'sale'), 0)::numeric(28, 4) as sales_amount,
    coalesce(sum(amount) filter (where line_type = 'return'), 0)::numeric(28, 4) as returns_amount,
    coalesce(sum(amount) filter (where line_type = 'adjustment'), 0)::numeric(28, 4) as adjustments_amount,
    coalesce(sum(amount) filter (where line_type = 'non_product'), 0)::numeric(28, 4) as non_product_amount,
    sum(amount)::numeric(28, 4) as total_amount
from {{ ref('fct_sales_lines') }}
{% if is_incremental() %}
where {{ in_window('invoice_date') }}
{% endif %}
group by invoice_no, invoice_date
