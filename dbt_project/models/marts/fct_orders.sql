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
    {{ amounts_by_line_type() }}
from {{ ref('fct_sales_lines') }}
{% if is_incremental() %}
where {{ in_window('invoice_date') }}
{% endif %}
group by invoice_no, invoice_date
