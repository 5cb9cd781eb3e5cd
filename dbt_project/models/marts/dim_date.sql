{{ config(tags=['whole_history']) }}

with bounds as (

    -- Whole years, so that a calendar never ends in the middle of a quarter that is being reported.
    select
        date_trunc('year', min(invoice_date))::date as first_day,
        (date_trunc('year', max(invoice_date)) + interval '1 year - 1 day')::date as last_day
    from {{ ref('fct_sales_lines') }}

),

days as (

    select generate_series(first_day, last_day, interval '1 day')::date as date_day
    from bounds

)

select
    date_day,
    extract(year from date_day)::integer as year,
    extract(quarter from date_day)::integer as quarter,
    extract(month from date_day)::integer as month,
    extract(isoyear from date_day)::integer as iso_year,
    extract(week from date_day)::integer as iso_week,
    extract(isodow from date_day)::integer as iso_day_of_week,
    date_trunc('month', date_day)::date as month_start,
    extract(isodow from date_day) in (6, 7) as is_weekend,
    date_day = (date_trunc('month', date_day) + interval '1 month - 1 day')::date as is_month_end
from days
