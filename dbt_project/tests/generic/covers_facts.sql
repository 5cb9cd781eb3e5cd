{#
  Every fact row with a `key` (and `condition`) meets exactly one version of this dimension on its day. As versions join
  up and the last one has no end (`versions_join_up`), that is so when the first one begins no later than the first fact.
#}
{% test covers_facts(model, key, facts, condition='true') %}
    with facts as (
        select {{ key }}, min(invoice_date) as first_day
        from {{ facts }}
        where {{ key }} is not null and {{ condition }}
        group by {{ key }}
    ),
    versions as (
        select {{ key }}, min(valid_from) as first_day
        from {{ model }}
        group by {{ key }}
    )
    select {{ key }}, facts.first_day, versions.first_day as first_version
    from facts
    left join versions using ({{ key }})
    where versions.first_day is null or versions.first_day > facts.first_day
{% endtest %}
