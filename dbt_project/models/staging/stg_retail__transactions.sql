select
    _source_file || ':' || invoice_date || ':' || _day_row as line_id,
    invoice_date,
    invoiced_at,
    upper(invoice_no) as invoice_no,
    upper(stock_code) as stock_code,
    nullif(trim(description), '') as description,
    nullif(trim(category), '') as category,
    customer_id,
    coalesce(country, 'Unspecified') as country,
    nullif(trim(store), '') as store,
    line_type,
    is_product,
    order_type,
    quantity,
    unit_price,
    amount
from {{ source('raw', 'transactions') }}
