{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ config(tags=['whole_history']) }}

select
    grain,
    date_trunc(grain, invoice_date::timestamp)::date as period,
    dimension,
    member,
    case
        when dimension in ('item') then (count(distinct case when cancelled_quantity is null or cancelled_quantity < quantity then customer_id end))::numeric
        else (count(distinct customer_id))::numeric
    end as value
from {{ ref('metrics_sales_lines') }}
cross join (values ('day'), ('week'), ('month'), ('quarter'), ('year')) as grains (grain)
cross join lateral (values
    ('all', 'all'),
    ('country', (country)::text),
    ('category', (coalesce(category, 'Unspecified'))::text),
    ('store', (coalesce(store, 'Unspecified'))::text),
    ('item', (stock_code)::text)
) as dimensions (dimension, member)
where line_type = 'sale'
group by 1, 2, 3, 4
