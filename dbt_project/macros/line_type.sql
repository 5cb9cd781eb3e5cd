{% macro is_product(stock_code) -%}
    not (
        {{ stock_code }} in ({% for code in var('non_product_codes') %}'{{ code }}'{{ ', ' if not loop.last }}{% endfor %})
        or {{ stock_code }} like 'GIFT\_%'
    )
{%- endmacro %}

{# What a line is; see the docs block `line_type`. The first rule that fits decides. #}
{% macro line_type(invoice_no, stock_code, quantity, unit_price) -%}
    case
        when {{ invoice_no }} like 'A%' then 'adjustment'
        when not ({{ is_product(stock_code) }}) then 'non_product'
        when {{ invoice_no }} like 'C%' then 'return'
        when {{ quantity }} <= 0 or {{ unit_price }} <= 0 then 'adjustment'
        else 'sale'
    end
{%- endmacro %}

{# What an invoice is, by its number; `sells` is an expression that says whether any of its lines is a sale. #}
{% macro order_type(invoice_no, sells) -%}
    case
        when {{ invoice_no }} like 'A%' then 'adjustment'
        when {{ invoice_no }} like 'C%' then 'cancellation'
        when {{ sells }} then 'sale'
        else 'other'
    end
{%- endmacro %}

{# The amounts of a group of lines, kept apart by type, and their total. #}
{% macro amounts_by_line_type() -%}
    {%- for type, name in [('sale', 'sales'), ('return', 'returns'), ('adjustment', 'adjustments'), ('non_product', 'non_product')] -%}
    coalesce(sum(amount) filter (where line_type = '{{ type }}'), 0)::numeric(28, 4) as {{ name }}_amount,
    {% endfor -%}
    sum(amount)::numeric(28, 4) as total_amount
{%- endmacro %}
