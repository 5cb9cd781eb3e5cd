{#
  A mart as analysts see it: the columns of its contract, with the customer's pseudonym instead of the number, and
  without `leave_out`. Views run with the rights of their owner, so readers need none on what lies below.
#}
{% macro reader_view(mart, leave_out=[]) -%}
    {%- set relation, pseudonyms = ref(mart), source('raw', 'customer_pseudonyms') -%}
    {%- set columns = mart_columns(mart) | list | reject('in', leave_out) | list -%}
    select
        {% for column in columns -%}
        {{ 'pseudonyms.customer_key' if column == 'customer_id' else 'mart.' ~ column }}{{ ',' if not loop.last }}
        {% endfor -%}
    from {{ relation }} as mart
    {%- if 'customer_id' in columns %}
    left join {{ pseudonyms }} as pseudonyms on pseudonyms.customer_id = mart.customer_id
    {%- endif %}
{%- endmacro %}

{# Descriptions of the view and, from its mart, of the columns as comments, which psql and every other client show. #}
{% macro describe_as(mart) -%}
    {%- if execute -%}
        {%- set pseudonyms = graph.sources['source.' ~ project_name ~ '.raw.customer_pseudonyms'] -%}
        {{ alter_relation_comment(this.incorporate(type='view'), model.description) }}
        {{ alter_column_comment(this, dict(pseudonyms.columns, **mart_columns(mart))) }}
    {%- endif -%}
{%- endmacro %}

{% macro mart_columns(mart) -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ mart].columns if execute else {}) }}
{%- endmacro %}
