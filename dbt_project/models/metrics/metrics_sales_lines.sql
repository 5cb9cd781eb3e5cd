{# What the semantic model sales_lines measures (models/semantic). #}

select
    lines.line_id,
    lines.invoice_date,
    lines.invoice_no,
    lines.stock_code,
    lines.category,
    lines.customer_id,
    lines.country,
    lines.store,
    lines.line_type,
    lines.quantity,
    lines.amount,
    cancelled.cancelled_quantity,
    cancelled.cancelled_amount
from {{ ref('fct_sales_lines') }} as lines
left join {{ ref('fct_linked_cancellations') }} as cancelled using (line_id, invoice_date)
