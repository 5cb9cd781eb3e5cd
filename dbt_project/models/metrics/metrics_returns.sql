{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ metric_view(
    lines="line_type = 'return'",
    value="count(distinct invoice_no || ' ' || invoice_date)",
    members={"country": "country", "category": "coalesce(category, 'Unspecified')", "store": "coalesce(store, 'Unspecified')", "item": "stock_code"},
) }}
