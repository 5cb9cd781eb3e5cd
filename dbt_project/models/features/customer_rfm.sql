{{ config(
    meta={'window_column': 'as_of'},
    on_schema_change='append_new_columns',
    indexes=[{'columns': ['as_of', 'customer_id'], 'unique': true}],
    pre_hook="set local random_page_cost = 1.1",
) }}

{#
  A month is made from the month before it and its own lines, so that its cost follows what happened in it and not all
  that ever did. Months without a window are made from the lines alone.
#}
with sold as (

    select min(invoice_date) as first_day, max(invoice_date) as last_day
    from {{ ref('fct_sales_lines') }}
    where line_type = 'sale' and customer_id is not null

),

as_of_dates as (

    -- The month ends up to the one that closes the last month with data, or the last one that was asked for.
    select as_of
    from (
        select
            (
                generate_series(
                    date_trunc('month', first_day),
                    date_trunc('month', greatest(last_day, {{ as_of_window_end() }})),
                    interval '1 month'
                )
                + interval '1 month - 1 day'
            )::date as as_of
        from sold
        where first_day is not null
    ) as months
    {% if is_incremental() %}
    where {{ in_window('as_of') }}
    {% endif %}

),

before as (

    {% if is_incremental() %}
    -- The last month before the window; one from before a column was added can't be built upon.
    select *
    from {{ this }}
    where as_of = (
        select max(as_of) from {{ this }} where as_of < {{ as_of_window_start() }} and recent_frequency is not null
    )
    {% else %}
    select
        null::date as as_of,
        null::text as customer_id,
        null::date as first_purchase,
        null::date as last_purchase,
        0 as frequency,
        0 as orders,
        0 as items_bought,
        0 as distinct_items,
        0 as revenue,
        0 as first_day_revenue,
        0 as returned
    where false
    {% endif %}

),

-- Point in time: no line after the last as-of date is read, and each counts from the first one that is not before it.
lines as (

    select
        customer_id,
        greatest(
            (date_trunc('month', invoice_date) + interval '1 month - 1 day')::date,
            (select min(as_of) from as_of_dates)
        ) as as_of,
        invoice_date,
        line_type,
        invoice_no,
        stock_code,
        quantity,
        amount
    from {{ ref('fct_sales_lines') }}
    where customer_id is not null
        and line_type in ('sale', 'return')
        and invoice_date <= (select max(as_of) from as_of_dates)
        {% if is_incremental() %}
        and invoice_date > (select coalesce(max(as_of), date '-infinity') from before)
        {% endif %}

),

purchase_days as (

    select
        customer_id,
        as_of,
        invoice_date,
        sum(amount) as revenue,
        count(distinct invoice_no) as orders,
        sum(quantity) as items
    from lines
    where line_type = 'sale'
    group by customer_id, as_of, invoice_date

),

purchases as (

    select
        customer_id,
        as_of,
        count(*) as days,
        min(invoice_date) as first_day,
        max(invoice_date) as last_day,
        (array_agg(revenue order by invoice_date))[1] as first_day_revenue,
        sum(revenue) as revenue,
        sum(orders) as orders,
        sum(items) as items
    from purchase_days
    group by customer_id, as_of

),

started as (

    select customer_id, first_purchase, first_day_revenue from before
    union all
    (
        select distinct on (customer_id) customer_id, first_day, first_day_revenue
        from purchases
        where not exists (select from before where before.customer_id = purchases.customer_id)
        order by customer_id, as_of
    )

),

new_items as (

    select customer_id, as_of, count(*) as items
    from (
        select customer_id, stock_code, min(as_of) as as_of
        from lines
        where line_type = 'sale'
        group by customer_id, stock_code
    ) as bought
    {% if is_incremental() %}
    where not exists (
        select
        from {{ ref('fct_sales_lines') }} as earlier
        where earlier.customer_id = bought.customer_id
            and earlier.stock_code = bought.stock_code
            and earlier.line_type = 'sale'
            and earlier.invoice_date <= (select max(as_of) from before)
    )
    {% endif %}
    group by customer_id, as_of

),

returns as (

    select lines.customer_id, lines.as_of, -sum(lines.amount) as returned
    from lines
    inner join started
        on started.customer_id = lines.customer_id
        and lines.invoice_date >= started.first_purchase
    where lines.line_type = 'return' and lines.amount < 0
    group by lines.customer_id, lines.as_of

),

-- Purchase days of the three months that end on an as-of date: these are few, however long the history is.
recent_days as (

    select distinct customer_id, invoice_date
    from {{ ref('fct_sales_lines') }}
    where line_type = 'sale'
        and customer_id is not null
        and invoice_date >= (select {{ three_months_to('min(as_of)') }} from as_of_dates)
        and invoice_date <= (select max(as_of) from as_of_dates)

),

recently as (

    select as_of_dates.as_of, recent_days.customer_id, count(*) as days
    from as_of_dates
    inner join recent_days
        on recent_days.invoice_date between {{ three_months_to('as_of_dates.as_of') }} and as_of_dates.as_of
    group by as_of_dates.as_of, recent_days.customer_id

),

running as (

    select
        as_of_dates.as_of,
        started.customer_id,
        started.first_purchase,
        started.first_day_revenue,
        greatest(before.last_purchase, max(purchases.last_day) over so_far) as last_purchase,
        coalesce(before.frequency, -1) + coalesce(sum(purchases.days) over so_far, 0) as frequency,
        coalesce(before.revenue, 0) + coalesce(sum(purchases.revenue) over so_far, 0) as revenue,
        coalesce(before.orders, 0) + coalesce(sum(purchases.orders) over so_far, 0) as orders,
        coalesce(before.items_bought, 0) + coalesce(sum(purchases.items) over so_far, 0) as items_bought,
        coalesce(before.distinct_items, 0) + coalesce(sum(new_items.items) over so_far, 0) as distinct_items,
        coalesce(before.returned, 0) + coalesce(sum(returns.returned) over so_far, 0) as returned
    from as_of_dates
    inner join started on started.first_purchase <= as_of_dates.as_of
    left join before on before.customer_id = started.customer_id
    left join purchases on purchases.customer_id = started.customer_id and purchases.as_of = as_of_dates.as_of
    left join new_items on new_items.customer_id = started.customer_id and new_items.as_of = as_of_dates.as_of
    left join returns on returns.customer_id = started.customer_id and returns.as_of = as_of_dates.as_of
    window so_far as (partition by started.customer_id order by as_of_dates.as_of)

)

select
    running.as_of,
    running.customer_id,
    running.frequency::integer as frequency,
    (running.last_purchase - running.first_purchase)::integer as recency_days,
    (running.as_of - running.first_purchase)::integer as t_days,
    round((running.revenue - running.first_day_revenue) / nullif(running.frequency, 0), 4)::numeric(28, 4) as monetary,
    running.revenue::numeric(28, 4) as revenue,
    running.orders::integer as orders,
    running.items_bought::bigint as items_bought,
    running.first_purchase,
    running.last_purchase,
    customers.country,
    round((running.last_purchase - running.first_purchase) / nullif(running.frequency, 0)::numeric, 4)::numeric(28, 4)
        as mean_gap_days,
    running.distinct_items::integer as distinct_items,
    running.returned::numeric(28, 4) as returned,
    round(running.returned / nullif(running.revenue, 0), 4)::numeric(28, 4) as returns_share,
    running.first_day_revenue::numeric(28, 4) as first_day_revenue,
    at_first.country as first_country,
    (
        coalesce(recently.days, 0)
        - case when running.first_purchase >= {{ three_months_to('running.as_of') }} then 1 else 0 end
    )::integer as recent_frequency
from running
left join recently on recently.customer_id = running.customer_id and recently.as_of = running.as_of
left join {{ ref('dim_customers') }} as customers
    on customers.customer_id = running.customer_id
    and running.as_of between customers.valid_from and customers.valid_to
left join {{ ref('dim_customers') }} as at_first
    on at_first.customer_id = running.customer_id
    and running.first_purchase between at_first.valid_from and at_first.valid_to
