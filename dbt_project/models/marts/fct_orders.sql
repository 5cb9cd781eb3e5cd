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
    min(store) as store,
    {{ order_type('min(order_type)', "bool_or(line_type = 'sale')", "bool_or(line_type = 'return')") }} as order_type,
    count(*)::integer as lines,
    (count(distinct stock_code) filter (where line_type = 'sale'))::integer as items,
    coalesce(sum(quantity) filter (where line_type = 'sale'), 0)::numeric(28, 4) as pieces_sold,
    {{ amounts_by_line_type() }}
from {{ ref('fct_sales_lines') }}
{% if is_incremental() %}
where {{ in_window('invoice_date') }}
{% endif %}
group by invoice_no, invoice_date
