{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ metric_view(
    lines="line_type = 'return'",
    value="coalesce(sum(-quantity), 0)",
    members={"country": "country", "category": "coalesce(category, 'Unspecified')", "store": "coalesce(store, 'Unspecified')", "item": "stock_code"},
) }}
