{#
  What a windowed run makes again in a mart whose rows are derived from the history of a key. Keys are touched by the
  lines that they have now, and by rows that tell of a line that they had: one that left no trace in a row changes
  nothing by going.
  A version depends on the days up to its first one, so those that begin before the window stay, but for the end of the
  last one; what follows is made of the lines from the window on. Without a window that is everything.
#}
{% macro from_window_on(column) -%}
    {%- set start = env_var('AIECO_START_DAY', '') if in_window(column) != 'true' else '' -%}
    {{ column ~ " >= date '" ~ start ~ "'" if start else 'true' }}
{%- endmacro %}

{% macro touched_customers() -%}
    select customer_id
    from {{ ref('fct_sales_lines') }}
    where {{ from_window_on('invoice_date') }} and customer_id is not null
    union
    select customer_id from {{ this }} where {{ from_window_on('valid_from') }}
{%- endmacro %}

{# What an item is said to be is not versioned: when that line was invoiced is told by the current version. #}
{% macro touched_items() -%}
    select stock_code
    from {{ ref('fct_sales_lines') }}
    where {{ from_window_on('invoice_date') }} and is_product
    union
    select stock_code
    from {{ this }}
    where
        {{ from_window_on('valid_from') }}
        or is_current and coalesce({{ from_window_on('described_at') }}, description is not null)
        or is_current and coalesce({{ from_window_on('categorised_at') }}, category is not null)
{%- endmacro %}

{# Returns of the window, those whose sale lay in it, and those that may have found a better one in it. #}
{% macro touched_returns() -%}
    select line_id
    from {{ ref('fct_sales_lines') }}
    where {{ in_window('invoice_date') }} and line_type = 'return'
    union
    select line_id from {{ this }} where {{ in_window('invoice_date') }} or {{ in_window('sale_date') }}
    union
    select later.line_id
    from {{ this }} as later
    inner join {{ ref('fct_sales_lines') }} as sold
        on sold.customer_id = later.customer_id
        and sold.stock_code = later.stock_code
        and sold.invoiced_at <= later.invoiced_at
    where sold.line_type = 'sale' and {{ in_window('sold.invoice_date') }}
{%- endmacro %}
