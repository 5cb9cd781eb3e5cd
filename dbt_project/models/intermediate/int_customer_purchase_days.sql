select
    customer_id,
    invoice_date,
    sum(amount) as revenue,
    count(distinct invoice_no) as orders,
    sum(quantity) as items
from {{ ref('fct_sales_lines') }}
where line_type = 'sale' and customer_id is not null
group by customer_id, invoice_date
