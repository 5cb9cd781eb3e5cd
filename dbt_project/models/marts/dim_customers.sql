{{ config(meta={'window_column': 'valid_from', 'to_the_end': true, 'key': 'customer_id, valid_from'}) }}

with {% if is_incremental() -%}
touched as (

    {{ touched_customers() }}

),

-- The last version that began before the window.
known as (

    select distinct on (customer_id) customer_id, valid_from as invoice_date, country, first_seen
    from {{ this }}
    where not ({{ from_window_on('valid_from') }}) and customer_id in (select customer_id from touched)
    order by customer_id, valid_from desc

),

{% endif -%}
countries as (

    select customer_id, invoice_date, country, count(*) as lines
    from {{ ref('fct_sales_lines') }}
    where
        customer_id is not null
        {% if is_incremental() %}
        and {{ from_window_on('invoice_date') }}
        {% endif %}
    group by customer_id, invoice_date, country

),

-- The country of a customer and day: that of most lines, the first by name among equals.
observed as (

    (
        select distinct on (customer_id, invoice_date) customer_id, invoice_date, country, invoice_date as first_seen
        from countries
        order by customer_id, invoice_date, lines desc, country
    )
    {% if is_incremental() %}
    union all
    select customer_id, invoice_date, country, first_seen from known
    {% endif %}

),

changes as (

    select
        customer_id,
        invoice_date,
        country,
        country is distinct from lag(country) over by_day as has_changed,
        min(first_seen) over (partition by customer_id) as first_seen
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
