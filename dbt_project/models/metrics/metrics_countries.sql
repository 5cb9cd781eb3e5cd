{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ metric_view(
    lines="line_type = 'sale' and country <> 'Unspecified'",
    value="count(distinct country)",
    members={"country": "country", "category": "coalesce(category, 'Unspecified')", "store": "coalesce(store, 'Unspecified')", "item": "stock_code"},
) }}
