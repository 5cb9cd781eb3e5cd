{# A type-2 history without gaps or overlaps: each version ends the day before the next, the last one is current. #}
{% test versions_join_up(model, key) %}
    with versions as (
        select
            {{ key }}, valid_from, valid_to, is_current,
            lead(valid_from) over (partition by {{ key }} order by valid_from) as next_from
        from {{ model }}
    )
    select *
    from versions
    where valid_to is distinct from coalesce(next_from - 1, date '9999-12-31')
        or is_current is distinct from (next_from is null)
{% endtest %}
