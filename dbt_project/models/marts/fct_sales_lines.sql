{{ config(
    materialized='incremental',
    meta={'window_column': 'invoice_date'},
    indexes=[{'columns': ['invoice_date']}, {'columns': ['customer_id', 'stock_code']}],
    post_hook="analyze {{ this }}",
) }}

select
    line_id::text as line_id,
    invoice_date,
    invoiced_at,
    invoice_no,
    stock_code,
    description,
    customer_id,
    country,
    line_type,
    is_product,
    quantity,
    unit_price,
    amount::numeric(28, 4) as amount
from {{ ref('stg_retail__transactions') }}
{% if is_incremental() %}
where {{ in_window('invoice_date') }}
{% endif %}
