{# Written by `aieco metrics views` from models/semantic: change that. #}
{{ metric_view(
    lines="line_type = 'sale'",
    value="(coalesce(sum(amount), 0))::numeric / nullif(count(distinct invoice_no || ' ' || invoice_date), 0)",
    members={"country": "country", "category": "coalesce(category, 'Unspecified')", "store": "coalesce(store, 'Unspecified')", "item": "stock_code"},
    net="(coalesce(sum(amount - coalesce(cancelled_amount, 0)), 0))::numeric / nullif(count(distinct case when cancelled_quantity is null or cancelled_quantity < quantity then invoice_no || ' ' || invoice_date end), 0)",
    net_by=["item"],
) }}
