{{ config(tags=['whole_history']) }}

with countries as (

    select customer_id, invoice_date, country, count(*) as lines
    from {{ ref('fct_sales_lines') }}
    where customer_id is not null
    group by customer_id, invoice_date, country

),

-- The country of a customer and day: that of most lines, the first by name among equals.
observed as (

    select distinct on (customer_id, invoice_date) customer_id, invoice_date, country
    from countries
    order by customer_id, invoice_date, lines desc, country

),

changes as (

    select
        *,
        country is distinct from lag(country) over by_day as has_changed,
        min(invoice_date) over (partition by customer_id) as first_seen
    from observed
    window by_day as (partition by customer_id order by invoice_date)

),

versions as (

    select
        customer_id,
        country,
        first_seen,
        invoice_date as valid_from,
        lead(invoice_date) over (partition by customer_id order by invoice_date) as next_from
    from changes
    where has_changed

)

select
    customer_id,
    valid_from,
    coalesce(next_from - 1, date '9999-12-31') as valid_to,
    next_from is null as is_current,
    country,
    first_seen
from versions
