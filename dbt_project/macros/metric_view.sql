{#
  A governed metric for BI tools. Grain: period (of a grain) and member (of a dimension); `all` is the dimension without
  members. A number is whole in its row and never a sum of others, so that customers of a month are counted once. What a
  tool asks of one grain and one dimension is worked out for these alone: both are keys of the groups.

  `lines`: which of them count; `value`: what is made of them, and `net` what is made of them by the dimensions `net_by`;
  `members`: SQL of each dimension. `aieco metrics views` writes the calls, so that a model's own text, by which a run
  knows that it has changed, says all that is its own.
#}
{% macro metric_view(lines, value, members, net='', net_by=[]) -%}
select
    grain,
    date_trunc(grain, invoice_date::timestamp)::date as period,
    dimension,
    member,
    {% if net -%}
    case
        when dimension in ('{{ net_by | join("', '") }}') then ({{ net }})::numeric
        else ({{ value }})::numeric
    end as value
    {%- else -%}
    ({{ value }})::numeric as value
    {%- endif %}
from {{ ref('metrics_sales_lines') }}
cross join (values ('day'), ('week'), ('month'), ('quarter'), ('year')) as grains (grain)
cross join lateral (values
    ('all', 'all')
    {%- for name, sql in members.items() %},
    ('{{ name }}', ({{ sql }})::text)
    {%- endfor %}
) as dimensions (dimension, member)
where {{ lines }}
group by 1, 2, 3, 4
{%- endmacro %}
