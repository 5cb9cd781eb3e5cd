{{ config(
    materialized='incremental',
    meta={'window_column': 'invoice_date'},
    indexes=[{'columns': ['invoice_date']}, {'columns': ['customer_id', 'stock_code']}],
    post_hook=["set local default_statistics_target = 10", "analyze {{ this }}"],
) }}

select
    line_id::text as line_id,
    invoice_date,
    invoiced_at,
    invoice_no,
    stock_code,
    description,
    category,
    customer_id,
    country,
    store,
    line_type,
    is_product,
    order_type,
    quantity,
    unit_price,
    amount
from {{ ref('stg_retail__transactions') }}
{% if is_incremental() %}
where {{ in_window('invoice_date') }}
{% endif %}
