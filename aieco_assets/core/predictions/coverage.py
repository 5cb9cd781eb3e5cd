"""What must hold of the tables beside predictions.customers before anybody reads them."""

from __future__ import annotations

from aieco_assets.core.customers.checks import Coverage
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

# Per table: what makes a row absurd beyond what the table's own constraints refuse.
_ABSURD = {
    "churn": "least(length(reason_1), length(reason_2), length(reason_3)) = 0",
    "segments": "not (segment = any(%(segments)s))",
}
_ITEMS = """
    with months as (select as_of from predictions.scored_months where name = 'next_items'),
    known as (select as_of, customer_id from features.customer_rfm where as_of in (select as_of from months)),
    named as (
        select i.as_of, i.customer_id, count(*) as items, max(i.rank) as last,
            count(distinct i.stock_code) as different, bool_or(l.customer_id is not null) as had
        from predictions.next_items i
        left join (
            select customer_id, stock_code, min(invoice_date) as first from marts.fct_sales_lines
            where line_type = 'sale' and customer_id is not null group by 1, 2
        ) l on l.customer_id = i.customer_id and l.stock_code = i.stock_code and l.first <= i.as_of
        group by 1, 2
    )
    select as_of, count(k.customer_id), count(*) filter (where n.customer_id is null),
        count(*) filter (where k.customer_id is null),
        count(*) filter (where n.customer_id is not null and (last <> items or different <> items or had))
    from known k full join named n using (as_of, customer_id)
    group by as_of order by as_of
"""


def coverage_of(settings: Settings, table: str) -> list[Coverage]:
    """Rows of predictions.churn or predictions.segments against the features, for every month that was scored."""
    from aieco_assets.core.customers.segments.rules import SEGMENTS

    query = f"""
        with months as (select as_of from predictions.scored_months where name = %(table)s),
        known as (select as_of, customer_id from features.customer_rfm where as_of in (select as_of from months)),
        predicted as (select * from predictions.{table})
        select as_of, count(k.customer_id), count(*) filter (where p.customer_id is null),
            count(*) filter (where k.customer_id is null),
            count(*) filter (where p.customer_id is not null and {_ABSURD[table]})
        from known k full join predicted p using (as_of, customer_id)
        group by as_of order by as_of
    """  # noqa: S608 - our own constants
    return _months(settings, query, {"table": table, "segments": list(SEGMENTS)})


def coverage_of_items(settings: Settings) -> list[Coverage]:
    """The same of predictions.next_items. Absurd: a gap in the ranks, an item twice, one that the customer has."""
    return _months(settings, _ITEMS, {})


def _months(settings: Settings, query: str, values: dict[str, object]) -> list[Coverage]:
    with connect(settings.warehouse) as connection:
        return [Coverage(*row) for row in connection.execute(query.encode(), values).fetchall()]
