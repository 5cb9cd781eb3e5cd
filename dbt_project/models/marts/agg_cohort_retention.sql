{{ config(tags=['whole_history']) }}

with purchases as (

    select
        customer_id,
        date_trunc('month', invoice_date)::date as month,
        min(date_trunc('month', invoice_date)::date) over (partition by customer_id) as cohort_month,
        revenue
    from {{ ref('int_customer_purchase_days') }}

),

cohorts as (

    select cohort_month, count(distinct customer_id) as customers
    from purchases
    group by cohort_month

),

-- Every month from the cohort's own to the last with data, so that a month in which nobody came back is a zero.
months as (

    select
        cohorts.cohort_month,
        cohorts.customers,
        generate_series(cohorts.cohort_month, last_month, interval '1 month')::date as month
    from cohorts
    cross join (select max(month) as last_month from purchases) as bounds

),

active as (

    select cohort_month, month, count(distinct customer_id) as customers, sum(revenue) as revenue
    from purchases
    group by cohort_month, month

)

select
    cohort_month,
    month,
    (12 * (extract(year from month) - extract(year from cohort_month))
        + extract(month from month) - extract(month from cohort_month))::integer as months_since,
    months.customers::integer as cohort_customers,
    coalesce(active.customers, 0)::integer as active_customers,
    round(coalesce(active.customers, 0)::numeric / months.customers, 4)::numeric(6, 4) as retention,
    coalesce(active.revenue, 0)::numeric(28, 6) as revenue
from months
left join active using (cohort_month, month)
