{{ config(
    meta={'window_column': 'as_of'},
    indexes=[{'columns': ['as_of', 'customer_id'], 'unique': true}],
    pre_hook="set local random_page_cost = 1.1",
) }}

{#
  A month is made from the month before it and its own lines, so that its cost follows what happened in it and not all
  that ever did. Months without a window are made from the lines alone, and so are those of a table from before a
  column was added, which dbt appends only after this has run.
  Purchases are net of linked cancellations (macros/purchases.sql). What came back within the month that it was sold in
  never counted; of a customer who took back an earlier month's purchase the months are counted again from all lines.
#}
{%- set builds_on = is_incremental() %}
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
    -- Also where the table is new: the month that is not over yet is none of the window.
    where {{ in_window('as_of') }}

),

-- The last month before the window that has all columns.
built_on as (

    {% if builds_on -%}
    select max(as_of) as as_of
    from {{ this }}
    where as_of < {{ as_of_window_start() }} and recent_frequency is not null
    {%- else -%}
    select null::date as as_of
    {%- endif %}

),

before as (

    {% if builds_on -%}
    select * from {{ this }} where as_of = (select as_of from built_on)
    {%- else -%}
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
    {%- endif %}

),

window_days as (

    select
        (select coalesce(as_of + 1, date '-infinity') from built_on) as first_day,
        min(as_of) as first_as_of,
        max(as_of) as last_day
    from as_of_dates

),

linked_returns as (

    select customer_id, stock_code, invoice_date, sale_date
    from {{ ref('fct_returns') }}
    where sale_line_id is not null and invoice_date <= (select last_day from window_days)

),

-- Who took back what an earlier month had counted, or buys again what she had taken back: not to be counted on.
recounted as (

    select linked_returns.customer_id
    from linked_returns
    cross join window_days
    where linked_returns.invoice_date >= window_days.first_day
        and (
            linked_returns.sale_date < window_days.first_day
            or {{ counts_as_of('linked_returns.invoice_date') }} > {{ counts_as_of('linked_returns.sale_date') }}
        )
    {% if builds_on -%}
    union
    select linked_returns.customer_id
    from linked_returns
    inner join {{ ref('fct_sales_lines') }} as again
        on again.customer_id = linked_returns.customer_id
        and again.stock_code = linked_returns.stock_code
    cross join window_days
    where linked_returns.invoice_date < window_days.first_day
        and again.line_type = 'sale'
        and again.invoice_date between window_days.first_day and window_days.last_day
    {%- endif %}

),

-- Point in time: no line after the last as-of date is read, and each counts from the first one that is not before it.
lines as (

    select
        known.customer_id,
        {{ counts_as_of('known.invoice_date') }} as as_of,
        known.invoice_date,
        known.invoice_no,
        known.stock_code,
        known.quantity,
        known.amount
    from (
        {{ purchases_as_known(since='(select first_day from window_days)') if builds_on else purchases_as_known() }}
    ) as known
    cross join window_days
    where known.invoice_date <= window_days.last_day
        and {{ counts_as_of('known.invoice_date') }} between known.known_from and known.known_until
        and known.customer_id not in (select customer_id from recounted)

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

    select customer_id, first_purchase, first_day_revenue
    from before
    where customer_id not in (select customer_id from recounted)
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
        group by customer_id, stock_code
    ) as bought
    {% if builds_on -%}
    where not exists (
        select
        from {{ ref('fct_sales_lines') }} as earlier
        where earlier.customer_id = bought.customer_id
            and earlier.stock_code = bought.stock_code
            and earlier.line_type = 'sale'
            and earlier.invoice_date < (select first_day from window_days)
    )
    {%- endif %}
    group by customer_id, as_of

),

returns as (

    select
        returned.customer_id,
        {{ counts_as_of('returned.invoice_date') }} as as_of,
        -sum(returned.amount) as returned
    from {{ ref('fct_sales_lines') }} as returned
    inner join started
        on started.customer_id = returned.customer_id
        and returned.invoice_date >= started.first_purchase
    cross join window_days
    where returned.line_type = 'return'
        and returned.amount < 0
        and returned.invoice_date between window_days.first_day and window_days.last_day
    group by 1, 2

),

-- Purchase days of the three months that end on an as-of date: these are few, however long the history is.
recently as (

    select as_of_dates.as_of, recent.customer_id, count(distinct recent.invoice_date) as days
    from as_of_dates
    inner join (
        {{ purchases_as_known(since="(select " ~ three_months_to('first_as_of') ~ " from window_days)") }}
    ) as recent
        on recent.invoice_date >= {{ three_months_to('as_of_dates.as_of') }}
        and as_of_dates.as_of between recent.known_from and recent.known_until
    group by as_of_dates.as_of, recent.customer_id

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

),

known_again as (

    select as_of_dates.as_of, known.*
    from as_of_dates
    inner join (
        {{ purchases_as_known(customers='recounted') }}
    ) as known on as_of_dates.as_of between known.known_from and known.known_until

),

counted_again as (

    select
        as_of,
        customer_id,
        min(invoice_date) as first_purchase,
        (array_agg(revenue order by invoice_date))[1] as first_day_revenue,
        max(invoice_date) as last_purchase,
        count(*) - 1 as frequency,
        sum(revenue) as revenue,
        sum(orders) as orders,
        sum(items) as items_bought
    from (
        select
            as_of,
            customer_id,
            invoice_date,
            sum(amount) as revenue,
            count(distinct invoice_no) as orders,
            sum(quantity) as items
        from known_again
        group by as_of, customer_id, invoice_date
    ) as days
    group by as_of, customer_id

),

items_again as (

    select as_of, customer_id, count(distinct stock_code) as items
    from known_again
    group by as_of, customer_id

),

returned_again as (

    select counted_again.as_of, counted_again.customer_id, -sum(returned.amount) as returned
    from counted_again
    inner join {{ ref('fct_sales_lines') }} as returned
        on returned.customer_id = counted_again.customer_id
        and returned.invoice_date between counted_again.first_purchase and counted_again.as_of
    where returned.line_type = 'return' and returned.amount < 0
    group by counted_again.as_of, counted_again.customer_id

),

counted as (

    select * from running
    union all
    -- Grouped and not joined: the planner takes these for one row each, and would make each anew for every other's.
    select
        as_of,
        customer_id,
        max(first_purchase),
        max(first_day_revenue),
        max(last_purchase),
        max(frequency),
        max(revenue),
        max(orders),
        max(items_bought),
        max(items),
        coalesce(max(returned), 0)
    from (
        select *, null::bigint as items, null::numeric as returned from counted_again
        union all
        select as_of, customer_id, null, null, null, null, null, null, null, items, null from items_again
        union all
        select as_of, customer_id, null, null, null, null, null, null, null, null, returned from returned_again
    ) as parts
    group by as_of, customer_id

)

select
    counted.as_of,
    counted.customer_id,
    counted.frequency::integer as frequency,
    (counted.last_purchase - counted.first_purchase)::integer as recency_days,
    (counted.as_of - counted.first_purchase)::integer as t_days,
    round((counted.revenue - counted.first_day_revenue) / nullif(counted.frequency, 0), 4)::numeric(28, 4) as monetary,
    counted.revenue::numeric(28, 6) as revenue,
    counted.orders::integer as orders,
    counted.items_bought::numeric(28, 4) as items_bought,
    counted.first_purchase,
    counted.last_purchase,
    customers.country,
    round((counted.last_purchase - counted.first_purchase) / nullif(counted.frequency, 0)::numeric, 4)::numeric(28, 4)
        as mean_gap_days,
    counted.distinct_items::integer as distinct_items,
    counted.returned::numeric(28, 6) as returned,
    round(counted.returned / nullif(counted.revenue + counted.returned, 0), 4)::numeric(28, 4) as returns_share,
    counted.first_day_revenue::numeric(28, 6) as first_day_revenue,
    at_first.country as first_country,
    (
        coalesce(recently.days, 0)
        - case when counted.first_purchase >= {{ three_months_to('counted.as_of') }} then 1 else 0 end
    )::integer as recent_frequency
from counted
left join recently on recently.customer_id = counted.customer_id and recently.as_of = counted.as_of
left join {{ ref('dim_customers') }} as customers
    on customers.customer_id = counted.customer_id
    and counted.as_of between customers.valid_from and customers.valid_to
left join {{ ref('dim_customers') }} as at_first
    on at_first.customer_id = counted.customer_id
    and counted.first_purchase between at_first.valid_from and at_first.valid_to
