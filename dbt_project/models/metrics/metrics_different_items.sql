{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ metric_view(
    lines="line_type = 'sale'",
    value="count(distinct stock_code)",
    members={"country": "country", "category": "coalesce(category, 'Unspecified')", "store": "coalesce(store, 'Unspecified')", "item": "stock_code"},
    net="count(distinct case when cancelled_quantity is null or cancelled_quantity < quantity then stock_code end)",
    net_by=["item"],
) }}
