{# A view: fct_returns holds few rows, and links them again wherever a late day calls for it. #}
{{ config(materialized='view') }}

select
    sale_line_id as line_id,
    sale_date as invoice_date,
    -- Each return finds its sale by itself, so together they may find more than was sold.
    greatest(least(sum(pieces_returned), min(sale_quantity)), 0)::numeric(18, 4) as cancelled_quantity,
    greatest(least(-sum(amount), min(sale_amount)), 0)::numeric(28, 6) as cancelled_amount
from {{ ref('fct_returns') }}
where sale_line_id is not null
group by sale_line_id, sale_date
