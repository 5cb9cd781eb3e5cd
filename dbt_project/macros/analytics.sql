{#
  A mart as analysts see it: the columns that the view's own description lists and no others, with the customer's
  pseudonym instead of the number. Views run with the rights of their owner, so readers need none on what lies below.
  `mart` is a model's name, or the relation itself where it is no model.
#}
{% macro reader_view(mart) -%}
    {%- set relation = ref(mart) if mart is string else mart -%}
    {%- set pseudonyms = source('raw', 'customer_pseudonyms') -%}
    select
        {% for column in model.columns -%}
        {{ 'pseudonyms.customer_key' if column == 'customer_key' else 'mart.' ~ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }} as mart
    {%- if 'customer_key' in model.columns %}
    left join {{ pseudonyms }} as pseudonyms on pseudonyms.customer_id = mart.customer_id
    {%- endif %}
{%- endmacro %}
