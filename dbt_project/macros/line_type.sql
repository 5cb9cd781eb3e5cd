{# What an invoice is; see the docs block `order_type`. The arguments are expressions over the invoice's lines. #}
{% macro order_type(said, sells, returns) -%}
    coalesce({{ said }}, case when {{ sells }} then 'sale' when {{ returns }} then 'cancellation' else 'other' end)
{%- endmacro %}

{# The amounts of a group of lines, kept apart by type, and their total. #}
{% macro amounts_by_line_type() -%}
    {%- set names = {'sale': 'sales', 'return': 'returns', 'adjustment': 'adjustments', 'non_product': 'non_product', 'test': 'tests'} -%}
    {%- for type, name in names.items() -%}
    coalesce(sum(amount) filter (where line_type = '{{ type }}'), 0)::numeric(28, 6) as {{ name }}_amount,
    {% endfor -%}
    sum(amount)::numeric(28, 6) as total_amount
{%- endmacro %}
