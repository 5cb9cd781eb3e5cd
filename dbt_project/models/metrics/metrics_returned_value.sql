{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ config(tags=['whole_history']) }}

select
    grain,
    date_trunc(grain, invoice_date::timestamp)::date as period,
    dimension,
    member,
    (coalesce(sum(-amount), 0))::numeric as value
from {{ ref('metrics_sales_lines') }}
cross join (values ('day'), ('week'), ('month'), ('quarter'), ('year')) as grains (grain)
cross join lateral (values
    ('all', 'all'),
    ('country', (country)::text),
    ('category', (coalesce(category, 'Unspecified'))::text),
    ('store', (coalesce(store, 'Unspecified'))::text),
    ('item', (stock_code)::text)
) as dimensions (dimension, member)
where line_type = 'return'
group by 1, 2, 3, 4
