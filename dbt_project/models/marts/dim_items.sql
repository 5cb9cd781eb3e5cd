{{ config(
    meta={'window_column': 'valid_from', 'to_the_end': true, 'key': 'stock_code, valid_from'},
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

-- What an item was said to be.
kept as (

    select stock_code, 'description' as attribute, description as value, described_at as said_at
    from {{ this }}
    where is_current and stock_code in (select stock_code from touched)
    union all
    select stock_code, 'category', category, categorised_at
    from {{ this }}
    where is_current and stock_code in (select stock_code from touched)

),

{% endif -%}
lines as (

    select stock_code, invoice_date, invoiced_at, line_type, quantity, unit_price, description, category
    from {{ ref('fct_sales_lines') }}
    where
        is_product
        {% if is_incremental() %}
        and {{ from_window_on('invoice_date') }}
        {% endif %}

),

prices as (

    select stock_code, invoice_date, unit_price, sum(quantity) as pieces
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

-- The list price of an item and day: the quantity-weighted median of that day's sale lines (the lower one of two). Lines
-- without a quantity weigh nothing; on a day with no others it is the lowest of their prices.
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

-- What lines say of an item beside its price.
sayings as (

    select stock_code, 'description' as attribute, description as value, invoiced_at, line_type
    from lines
    where description is not null
    union all
    select stock_code, 'category', category, invoiced_at, line_type
    from lines
    where category is not null

),

{% if is_incremental() -%}
said as (

    select stock_code, attribute, bool_or(line_type = 'sale') as by_sale
    from sayings
    group by stock_code, attribute

),

-- Where all lines have to be asked: the saying was of a line that may have gone, or its line may give way to a later one,
-- which it does unless it is a sale and the later one is none.
asked_again as (

    select stock_code, attribute
    from kept
    left join said using (stock_code, attribute)
    where
        kept.value is not null
        and said.by_sale is distinct from true
        and (kept.said_at is null or {{ from_window_on('kept.said_at') }} or not said.by_sale)

),

{% endif -%}
texts as (

    select stock_code, attribute, value, invoiced_at, line_type
    from sayings
    {%- if is_incremental() %}
    {%- for attribute in ('description', 'category') %}
    union all
    select stock_code, '{{ attribute }}', {{ attribute }}, invoiced_at, line_type
    from {{ ref('fct_sales_lines') }}
    where
        is_product
        and {{ attribute }} is not null
        and not ({{ from_window_on('invoice_date') }})
        and stock_code in (select stock_code from asked_again where attribute = '{{ attribute }}')
    {%- endfor %}
    {%- endif %}

),

-- Not versioned: what the latest sale line says, or the latest line of an item that was never sold.
latest as (

    select
        stock_code,
        attribute,
        coalesce(max(invoiced_at) filter (where line_type = 'sale'), max(invoiced_at)) as said_at,
        bool_or(line_type = 'sale') as by_sale
    from texts
    group by stock_code, attribute

),

attributes as (

    select texts.stock_code, texts.attribute, min(texts.value) as value, min(texts.invoiced_at) as said_at
    from texts
    inner join latest
        on latest.stock_code = texts.stock_code
        and latest.attribute = texts.attribute
        and latest.said_at = texts.invoiced_at
        and (texts.line_type = 'sale' or not latest.by_sale)
    group by texts.stock_code, texts.attribute
    {%- if is_incremental() %}
    union all
    select stock_code, attribute, value, said_at
    from kept
    where (stock_code, attribute) not in (
        select stock_code, attribute from said
        union all
        select stock_code, attribute from asked_again
    )
    {%- endif %}

),

described as (

    select
        stock_code,
        max(value) filter (where attribute = 'description') as description,
        max(said_at) filter (where attribute = 'description') as described_at,
        max(value) filter (where attribute = 'category') as category,
        max(said_at) filter (where attribute = 'category') as categorised_at
    from attributes
    group by stock_code

)

select
    versions.stock_code,
    versions.valid_from,
    coalesce(versions.next_from - 1, date '9999-12-31') as valid_to,
    versions.next_from is null as is_current,
    versions.list_price::numeric(18, 6) as list_price,
    described.description,
    described.category,
    case when versions.next_from is null then described.categorised_at end as categorised_at,
    case when versions.next_from is null then described.described_at end as described_at
from versions
left join described using (stock_code)
{% if is_incremental() %}
-- Earlier versions have them, too.
union all
select
    earlier.stock_code,
    earlier.valid_from,
    earlier.valid_to,
    earlier.is_current,
    earlier.list_price,
    described.description,
    described.category,
    null,
    null
from {{ this }} as earlier
inner join known on known.stock_code = earlier.stock_code and known.invoice_date > earlier.valid_from
left join described on described.stock_code = earlier.stock_code
where (earlier.description, earlier.category) is distinct from (described.description, described.category)
{% endif %}
