{# A view of analysts has the name of its mart or metric, which dbt allows once for models: theirs has a prefix. #}
{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {{ custom_alias_name | trim if custom_alias_name else node.name.removeprefix('analytics_').removeprefix('metrics_') }}
{%- endmacro %}
