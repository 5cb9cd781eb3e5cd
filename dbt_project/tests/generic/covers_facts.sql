{# Every fact row with a `key` (and `condition`) meets exactly one version of this dimension on its day. #}
{% test covers_facts(model, key, facts, condition='true') %}
    with keys as (
        select distinct {{ key }}, invoice_date
        from {{ facts }}
        where {{ key }} is not null and {{ condition }}
    )
    select keys.{{ key }}, keys.invoice_date, count(versions.{{ key }}) as versions
    from keys
    left join {{ model }} as versions
        on versions.{{ key }} = keys.{{ key }}
        and keys.invoice_date between versions.valid_from and versions.valid_to
    group by keys.{{ key }}, keys.invoice_date
    having count(versions.{{ key }}) <> 1
{% endtest %}
