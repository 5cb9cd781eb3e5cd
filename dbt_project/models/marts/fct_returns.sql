{{ config(meta={'window_column': 'invoice_date', 'key': 'line_id'}) }}

with {% if is_incremental() -%}
touched as (

    {{ touched_returns() }}

),

{% endif -%}
returned as (

    select *
    from {{ ref('fct_sales_lines') }}
    where
        line_type = 'return'
        {% if is_incremental() %}
        and line_id in (select line_id from touched)
        {% endif %}

),

sold as (

    select line_id, invoice_no, customer_id, stock_code, invoice_date, invoiced_at, quantity, unit_price, amount
    from {{ ref('fct_sales_lines') }}
    where line_type = 'sale' and customer_id is not null

),

-- The sale that a cancellation most likely takes back; the order of the rules is in the model's description.
linked as (

    select distinct on (returned.line_id)
        returned.line_id,
        sold.line_id as sale_line_id,
        sold.invoice_no as sale_invoice_no,
        sold.invoice_date as sale_date,
        sold.unit_price as sale_unit_price,
        sold.quantity as sale_quantity,
        sold.amount as sale_amount
    from returned
    inner join sold
        on sold.customer_id = returned.customer_id
        and sold.stock_code = returned.stock_code
        and sold.invoiced_at <= returned.invoiced_at
        and sold.quantity >= -returned.quantity
    order by
        returned.line_id,
        sold.unit_price = returned.unit_price desc,
        sold.quantity = -returned.quantity desc,
        sold.invoiced_at desc,
        sold.line_id

)

select
    returned.line_id,
    returned.invoice_no,
    returned.invoice_date,
    returned.invoiced_at,
    returned.customer_id,
    returned.country,
    returned.stock_code,
    (-returned.quantity)::numeric(18, 4) as pieces_returned,
    returned.unit_price,
    returned.amount,
    linked.sale_line_id,
    linked.sale_invoice_no,
    linked.sale_date,
    linked.sale_unit_price,
    linked.sale_quantity,
    linked.sale_amount,
    (returned.invoice_date - linked.sale_date)::integer as days_to_return
from returned
left join linked using (line_id)
