{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ metric_view(
    lines="line_type = 'sale'",
    value="coalesce(sum(quantity), 0)",
    members={"country": "country", "category": "coalesce(category, 'Unspecified')", "store": "coalesce(store, 'Unspecified')", "item": "stock_code"},
    net="coalesce(sum(quantity - coalesce(cancelled_quantity, 0)), 0)",
    net_by=["item"],
) }}
