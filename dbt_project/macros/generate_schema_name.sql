{# Schemas are the layers themselves (staging, marts, features), without the target's schema in front. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
