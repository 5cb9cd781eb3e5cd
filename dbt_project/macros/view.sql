{#
  A view that says what it said is left alone: to replace it waits for whoever has read it and left a transaction open,
  and lets nobody read it meanwhile. Postgres itself compares the two. Grants and descriptions follow in any case.
#}
{% materialization view, adapter='postgres' -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- if existing is none or not existing.is_view or not says_the_same(existing, sql) -%}
        {{ return(dbt.materialization_view_default()) }}
    {%- endif -%}
    {%- call statement('main') -%}
        select 1 /* unchanged */
    {%- endcall -%}
    {%- do apply_grants(this, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=True)) -%}
    {%- do persist_docs(this.incorporate(type='view'), model) -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do adapter.commit() -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [this.incorporate(type='view')]}) }}
{%- endmaterialization %}

{# Whether a view is what `sql` would make it: a temporary one is made of it, which stands in nobody's way. #}
{% macro says_the_same(existing, sql) -%}
    {%- set made = 'said_' ~ existing.schema ~ '_' ~ existing.identifier -%}
    {%- set found = run_query(
        'create temporary view ' ~ made ~ ' as (' ~ sql ~ '\n);'
        ~ " select pg_get_viewdef('pg_temp." ~ made ~ "'::regclass) = pg_get_viewdef('" ~ existing.include(database=false) ~ "'::regclass)"
    ) -%}
    {%- set same = found.columns[0].values()[0] -%}
    {%- do run_query('drop view pg_temp.' ~ made) -%}
    {{ return(same) }}
{%- endmacro %}
