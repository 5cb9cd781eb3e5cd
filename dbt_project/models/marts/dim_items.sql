{{ config(
    meta={'window_column': 'valid_from', 'to_the_end': true, 'key': 'stock_code, valid_from'},
    on_schema_change='append_new_columns',
) }}

with {% if is_incremental() -%}
touched as (

    {{ touched_items() }}

),

-- The last version that began before the window.
known as (

    select distinct on (stock_code) stock_code, valid_from as invoice_date, list_price
    from {{ this }}
    where not ({{ from_window_on('valid_from') }}) and stock_code in (select stock_code from touched)
    order by stock_code, valid_from desc

),

-- The text as it was.
kept as (

    select stock_code, description, {{ described_at() }} as described_at
    from {{ this }}
    where is_current and stock_code in (select stock_code from touched)

),

{% endif -%}
lines as (

    select stock_code, invoice_date, invoiced_at, line_type, quantity, unit_price, description
    from {{ ref('fct_sales_lines') }}
    where
        is_product
        {% if is_incremental() %}
        and {{ from_window_on('invoice_date') }}
        {% endif %}

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

-- An item that appears before its first sale (a write-off, say) starts with a version that has no price.
observed as (

    select stock_code, invoice_date, max(list_price) as list_price
    from (
        select stock_code, invoice_date, list_price from list_prices
        union all
        select stock_code, min(invoice_date), null
        from lines
        {% if is_incremental() %}
        where stock_code not in (select stock_code from known)
        {% endif %}
        group by stock_code
        {% if is_incremental() %}
        union all
        select stock_code, invoice_date, list_price from known
        {% endif %}
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

),

{% if is_incremental() -%}
said as (

    select stock_code, bool_or(line_type = 'sale') as by_sale
    from lines
    where description is not null
    group by stock_code

),

-- Where all lines have to be asked: the text was of a line that may have gone, or its line may give way to a later one,
-- which it does unless it is a sale and the later one is none.
asked_again as (

    select stock_code
    from touched
    left join said using (stock_code)
    left join kept using (stock_code)
    where
        said.by_sale is distinct from true
        and (kept.described_at is null or {{ from_window_on('kept.described_at') }} or not said.by_sale)

),

{% endif -%}
texts as (

    select stock_code, invoiced_at, line_type, description
    from lines
    where description is not null
    {% if is_incremental() %}
    union all
    select stock_code, invoiced_at, line_type, description
    from {{ ref('fct_sales_lines') }}
    where
        is_product
        and description is not null
        and not ({{ from_window_on('invoice_date') }})
        and stock_code in (select stock_code from asked_again)
    {% endif %}

),

-- Not versioned: the text of the latest sale line, or of the latest line of an item that was never sold.
described as (

    select
        stock_code,
        coalesce(max(invoiced_at) filter (where line_type = 'sale'), max(invoiced_at)) as described_at,
        bool_or(line_type = 'sale') as by_sale
    from texts
    group by stock_code

),

descriptions as (

    select texts.stock_code, min(texts.description) as description, min(texts.invoiced_at) as described_at
    from texts
    inner join described
        on described.stock_code = texts.stock_code
        and described.described_at = texts.invoiced_at
        and (texts.line_type = 'sale' or not described.by_sale)
    group by texts.stock_code
    {% if is_incremental() %}
    union all
    select stock_code, description, described_at
    from kept
    where stock_code not in (select stock_code from said) and stock_code not in (select stock_code from asked_again)
    {% endif %}

)

select
    versions.stock_code,
    versions.valid_from,
    coalesce(versions.next_from - 1, date '9999-12-31') as valid_to,
    versions.next_from is null as is_current,
    versions.list_price::numeric(14, 4) as list_price,
    descriptions.description,
    case when versions.next_from is null then descriptions.described_at end as described_at
from versions
left join descriptions using (stock_code)
{% if is_incremental() %}
-- Earlier versions have the text, too.
union all
select
    earlier.stock_code,
    earlier.valid_from,
    earlier.valid_to,
    earlier.is_current,
    earlier.list_price,
    descriptions.description,
    null
from {{ this }} as earlier
inner join known on known.stock_code = earlier.stock_code and known.invoice_date > earlier.valid_from
left join descriptions on descriptions.stock_code = earlier.stock_code
where earlier.description is distinct from descriptions.description
{% endif %}
