with cleaned as (

    select
        _source_file || ':' || _row_number as line_id,
        invoice_date,
        invoiced_at,
        upper(invoice_no) as invoice_no,
        upper(stock_code) as stock_code,
        nullif(trim(description), '') as description,
        customer_id,
        coalesce(country, 'Unspecified') as country,
        quantity,
        unit_price,
        (quantity * unit_price)::numeric(28, 4) as amount
    from {{ source('raw', 'transactions') }}

)

select
    line_id,
    invoice_date,
    invoiced_at,
    invoice_no,
    stock_code,
    description,
    customer_id,
    country,
    {{ line_type('invoice_no', 'stock_code', 'quantity', 'unit_price') }} as line_type,
    {{ is_product('stock_code') }} as is_product,
    quantity,
    unit_price,
    amount
from cleaned
