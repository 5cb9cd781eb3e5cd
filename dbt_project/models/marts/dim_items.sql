{{ config(tags=['whole_history']) }}

with lines as (

    select stock_code, invoice_date, invoiced_at, line_type, quantity, unit_price, description
    from {{ ref('fct_sales_lines') }}
    where is_product

),

prices as (

    select stock_code, invoice_date, unit_price, sum(quantity)::integer as pieces
    from lines
    where line_type = 'sale'
    group by stock_code, invoice_date, unit_price

),

ranked as (

    select
        stock_code,
        invoice_date,
        unit_price,
        sum(pieces) over (partition by stock_code, invoice_date order by unit_price) as pieces_so_far,
        sum(pieces) over (partition by stock_code, invoice_date) as pieces_that_day
    from prices

),

-- The list price of an item and day: the quantity-weighted median of that day's sale lines (the lower one of two).
list_prices as (

    select stock_code, invoice_date, min(unit_price) as list_price
    from ranked
    where 2 * pieces_so_far >= pieces_that_day
    group by stock_code, invoice_date

),

items as (

    select
        stock_code,
        min(invoice_date) as first_seen,
        -- Not versioned: the text of the latest sale line, or of the latest line of an item that was never sold.
        coalesce(
            max(invoiced_at) filter (where line_type = 'sale' and description is not null),
            max(invoiced_at) filter (where description is not null)
        ) as described_at,
        bool_or(line_type = 'sale' and description is not null) as described_by_sale
    from lines
    group by stock_code

),

descriptions as (

    select lines.stock_code, min(lines.description) as description
    from lines
    inner join items
        on items.stock_code = lines.stock_code
        and items.described_at = lines.invoiced_at
        and (lines.line_type = 'sale' or not items.described_by_sale)
    group by lines.stock_code

),

-- An item that appears before its first sale (a write-off, say) starts with a version that has no price.
observed as (

    select stock_code, invoice_date, max(list_price) as list_price
    from (
        select stock_code, invoice_date, list_price from list_prices
        union all
        select stock_code, first_seen, null from items
    ) as days
    group by stock_code, invoice_date

),

changes as (

    select
        stock_code,
        invoice_date,
        list_price,
        lag(invoice_date) over by_day is null or list_price is distinct from lag(list_price) over by_day as is_new
    from observed
    window by_day as (partition by stock_code order by invoice_date)

),

versions as (

    select
        stock_code,
        list_price,
        invoice_date as valid_from,
        lead(invoice_date) over (partition by stock_code order by invoice_date) as next_from
    from changes
    where is_new

)

select
    versions.stock_code,
    versions.valid_from,
    coalesce(versions.next_from - 1, date '9999-12-31') as valid_to,
    versions.next_from is null as is_current,
    versions.list_price::numeric(14, 4) as list_price,
    descriptions.description
from versions
left join descriptions using (stock_code)
