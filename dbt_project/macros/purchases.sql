{#
  Sale lines of known customers, net of the cancellations that fct_returns links to them, by what was known when: a row
  holds from `known_from` to `known_until` (both included). A line that came back in full is no purchase from that day
  on; of one that came back in part what was kept counts, at its own price. More pieces back than were sold are none.
  `since`: first day of the sales, an expression. `customers`: a relation whose customer_id they are limited to.
#}
{% macro purchases_as_known(since=none, customers=none) -%}
    {%- set only -%}
        {% if since %}and sold.invoice_date >= {{ since }}{% endif %}
        {% if customers %}and sold.customer_id in (select customer_id from {{ customers }}){% endif %}
    {%- endset -%}
    {%- set linked -%}
        sale_line_id is not null
        {% if since %}and sale_date >= {{ since }}{% endif %}
        {% if customers %}and customer_id in (select customer_id from {{ customers }}){% endif %}
    {%- endset -%}
    select
        sold.customer_id,
        sold.invoice_date,
        sold.invoice_no,
        sold.stock_code,
        sold.quantity,
        sold.amount,
        sold.invoice_date as known_from,
        coalesce(taken_back.first_day - 1, date 'infinity') as known_until
    from {{ ref('fct_sales_lines') }} as sold
    left join (
        select sale_line_id, min(invoice_date) as first_day
        from {{ ref('fct_returns') }}
        where {{ linked }}
        group by sale_line_id
    ) as taken_back on taken_back.sale_line_id = sold.line_id
    where sold.line_type = 'sale' and sold.customer_id is not null {{ only }}
        and (taken_back.first_day is null or taken_back.first_day > sold.invoice_date)
    union all
    select
        sold.customer_id,
        sold.invoice_date,
        sold.invoice_no,
        sold.stock_code,
        sold.quantity - taken_back.pieces as quantity,
        round(sold.amount * (sold.quantity - taken_back.pieces) / sold.quantity, 6) as amount,
        taken_back.known_from,
        taken_back.known_until
    from (
        select
            sale_line_id,
            sale_date,
            customer_id,
            stock_code,
            invoice_date as known_from,
            coalesce(lead(invoice_date) over by_day - 1, date 'infinity') as known_until,
            sum(sum(greatest(pieces_returned, 0))) over by_day as pieces
        from {{ ref('fct_returns') }}
        where {{ linked }}
        group by sale_line_id, sale_date, customer_id, stock_code, invoice_date
        window by_day as (partition by sale_line_id order by invoice_date)
    ) as taken_back
    inner join {{ ref('fct_sales_lines') }} as sold
        on sold.line_id = taken_back.sale_line_id
        and sold.invoice_date = taken_back.sale_date
        and sold.customer_id = taken_back.customer_id
        and sold.stock_code = taken_back.stock_code
    where sold.line_type = 'sale' and sold.quantity > taken_back.pieces {{ only }}
{%- endmacro %}

{# The first as-of date of a window (relation window_days) by which a day is known. #}
{% macro counts_as_of(day) -%}
    greatest((date_trunc('month', {{ day }}) + interval '1 month - 1 day')::date, window_days.first_as_of)
{%- endmacro %}
