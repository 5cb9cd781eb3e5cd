{#
  What becomes of a table whose model has got a column: a run makes all of it, whatever its window, so that the column is
  filled for every day (`in_window`), and adds the column in the same transaction (`get_incremental_replace_window_sql`).
  dbt's own `append_new_columns` fills the window's days only, and a full refresh drops the views that stand on a table.
  The model itself compiles as on its first run: what it keeps of its own rows may be what is missing.
#}
{% macro is_incremental() -%}
    {{ return(dbt.is_incremental() and not lacks_columns()) }}
{%- endmacro %}

{% macro postgres__process_schema_changes(on_schema_change, source_relation, target_relation) -%}
    {{ return([]) }}
{%- endmacro %}

{% macro lacks_columns() -%}
    {%- if not execute or model.resource_type != 'model' or not dbt.is_incremental() -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set there = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
    {{ return(model.columns.keys() | reject('in', there) | list | length > 0) }}
{%- endmacro %}

{# The end of a window of months, or the last month that the table has where that is later. #}
{% macro last_made(end) -%}
    greatest({{ date_or_null(end) }}, (select max({{ model.config.meta.window_column }}) from {{ this }}))
{%- endmacro %}

{# The columns to add to a table. One that is gone from the model, or is of another type, needs the table made anew. #}
{% macro added_columns(relation, made, there) -%}
    {%- set gone = diff_columns(there, made) | map(attribute='name') | list -%}
    {%- set retyped = diff_column_data_types(made, there) | map(attribute='column_name') | list -%}
    {%- if gone or retyped -%}
        {{ exceptions.raise_compiler_error(
            relation.include(database=false) | replace('"', '') ~ ' has other columns than its model now ('
            ~ ('gone: ' ~ gone | join(', ') if gone else '')
            ~ ('; ' if gone and retyped else '')
            ~ ('of another type: ' ~ retyped | join(', ') if retyped else '')
            ~ '): `eval "$(aieco env)" && dbt build --full-refresh --select ' ~ model.name
            ~ '+` makes it and what is made from it anew'
        ) }}
    {%- endif -%}
    {{ return(diff_columns(made, there)) }}
{%- endmacro %}

{% macro is_required(name) -%}
    {{ return('not_null' in model.columns[name].constraints | map(attribute='type') | list) }}
{%- endmacro %}
