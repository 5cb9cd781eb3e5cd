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
    coalesce(sum(quantity) filter (where line_type = 'sale'), 0)::numeric(28, 4) as items_sold,
    {{ amounts_by_line_type() }}
from {{ ref('fct_sales_lines') }}
{% if is_incremental() %}
where {{ in_window('invoice_date') }}
{% endif %}
group by invoice_date
