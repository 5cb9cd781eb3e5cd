{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ metric_view(
    lines="customer_id is not null and line_type = 'sale'",
    value="(coalesce(sum(amount), 0))::numeric / nullif(count(distinct customer_id), 0)",
    members={"country": "country", "category": "coalesce(category, 'Unspecified')", "store": "coalesce(store, 'Unspecified')", "item": "stock_code"},
) }}
