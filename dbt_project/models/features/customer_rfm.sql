{{ config(
    meta={'window_column': 'as_of'},
    indexes=[{'columns': ['as_of', 'customer_id'], 'unique': true}],
) }}

with purchase_days as (

    select
        *,
        min(invoice_date) over (partition by customer_id) as first_purchase
    from {{ ref('int_customer_purchase_days') }}

),

as_of_dates as (

    -- The month ends up to the one that closes the last month with data, or the last one that was asked for.
    select (month_start + interval '1 month - 1 day')::date as as_of
    from (
        select generate_series(
            date_trunc('month', min(invoice_date)),
            date_trunc('month', greatest(max(invoice_date), {{ as_of_window_end() }})),
            interval '1 month'
        ) as month_start
        from purchase_days
    ) as months

),

-- Point in time: an as-of date reads the days up to and including itself, nothing later.
history as (

    select
        as_of_dates.as_of,
        purchase_days.customer_id,
        purchase_days.first_purchase,
        max(purchase_days.invoice_date) as last_purchase,
        count(*) - 1 as frequency,
        sum(purchase_days.revenue) as revenue,
        sum(purchase_days.revenue) filter (where purchase_days.invoice_date > purchase_days.first_purchase)
            as repeat_revenue,
        sum(purchase_days.orders) as orders,
        sum(purchase_days.items) as items_bought
    from as_of_dates
    inner join purchase_days on purchase_days.invoice_date <= as_of_dates.as_of
    {% if is_incremental() %}
    where {{ in_window('as_of') }}
    {% endif %}
    group by as_of_dates.as_of, purchase_days.customer_id, purchase_days.first_purchase

)

select
    history.as_of,
    history.customer_id,
    history.frequency::integer as frequency,
    (history.last_purchase - history.first_purchase)::integer as recency_days,
    (history.as_of - history.first_purchase)::integer as t_days,
    round(history.repeat_revenue / nullif(history.frequency, 0), 4)::numeric(28, 4) as monetary,
    history.revenue::numeric(28, 4) as revenue,
    history.orders::integer as orders,
    history.items_bought::bigint as items_bought,
    history.first_purchase,
    history.last_purchase,
    customers.country
from history
left join {{ ref('dim_customers') }} as customers
    on customers.customer_id = history.customer_id
    and history.as_of between customers.valid_from and customers.valid_to
