{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ metric_view(
    lines="(line_type = 'return') or (line_type = 'sale')",
    value="(coalesce(sum(-amount) filter (where line_type = 'return'), 0))::numeric / nullif(coalesce(sum(amount) filter (where line_type = 'sale'), 0), 0)",
    members={"country": "country", "category": "coalesce(category, 'Unspecified')", "store": "coalesce(store, 'Unspecified')", "item": "stock_code"},
) }}
