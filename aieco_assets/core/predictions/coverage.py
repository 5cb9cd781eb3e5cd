"""What must hold of predictions before anybody reads them: one sensible row per customer of the month's features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


@dataclass(frozen=True)
class Coverage:
    """One month end: how many customers the features know, and how many predictions are missing, too many or absurd."""

    as_of: date
    customers: int
    missing: int
    strangers: int
    absurd: int

    @property
    def complete(self) -> bool:
        return not (self.missing or self.strangers or self.absurd)


@dataclass(frozen=True)
class Said:
    """What was predicted: `rows` selects it by (as_of, customer_id), `absurd` is what makes a row wrong (beyond what
    the table's own constraints refuse), `spared` selects those of whom there is nothing to predict. `last_month`: only
    the last month is made again, so what came late for an earlier one is no gap of it."""

    rows: str
    absurd: str
    last_month: bool = False
    spared: str = "select null::date as as_of, null::text as customer_id where false"


# Of customers: p_alive outside 0..1, a negative or infinite expectation, fewer purchases or less value in more time, an
# interval whose bounds are not in order. Null is what a champion without intervals or value leaves.
SAID: Mapping[str, Said] = {
    "customers": Said(
        "select * from predictions.customers",
        """not (
            p_alive between 0 and 1 and 0 <= expected_purchases_30d
            and expected_purchases_30d <= expected_purchases_90d and expected_purchases_90d <= expected_purchases_365d
            and expected_purchases_365d < 'infinity'
            and coalesce(0 <= expected_value_30d and expected_value_30d <= expected_value_90d
                and expected_value_90d <= expected_value_365d and expected_value_365d < 'infinity', true)
            and coalesce(0 <= purchases_30d_low and purchases_30d_low <= purchases_30d_high
                and purchases_90d_low <= purchases_90d_high and purchases_365d_low <= purchases_365d_high
                and purchases_30d_high <= purchases_90d_high and purchases_90d_high <= purchases_365d_high, true)
            and coalesce(0 <= value_30d_low and value_30d_low <= value_30d_high
                and value_90d_low <= value_90d_high and value_365d_low <= value_365d_high
                and value_365d_high < 'infinity', true))""",
    ),
    "churn": Said(
        "select * from predictions.churn",
        "least(length(reason_1), length(reason_2), length(reason_3)) = 0",
    ),
    "segments": Said("select * from predictions.segments", "not (segment = any(%(segments)s))"),
    # A gap in the ranks, an item twice, one that the customer has.
    "next_items": Said(
        """
        select i.as_of, i.customer_id, count(distinct i.rank) as items, max(i.rank) as last,
            count(distinct i.stock_code) as different, bool_or(had.customer_id is not null) as had
        from predictions.next_items i
        left join features.purchases had
            on had.customer_id = i.customer_id and had.stock_code = i.stock_code
            and i.as_of between had.known_from and had.known_until
        group by 1, 2
        """,
        "last <> items or different <> items or had",
        last_month=True,  # nobody is offered anything in the past
        # Who has every item that there is. Looked for only in months that have nothing for somebody.
        spared="""
        select as_of, customer_id
        from (
            select as_of, customer_id, stock_code from features.purchases
            join (
                select distinct k.as_of from features.customer_rfm k
                join predictions.scored_months m on m.name = 'next_items' and m.as_of = k.as_of
                where not exists (
                    select from predictions.next_items i where i.as_of = k.as_of and i.customer_id = k.customer_id
                )
            ) as gaps on as_of between known_from and known_until
            group by 1, 2, 3
        ) as had
        join (
            select as_of, count(distinct stock_code) as items from features.purchases
            join predictions.scored_months on name = 'next_items' and as_of between known_from and known_until
            group by 1
        ) as catalogue using (as_of)
        group by 1, 2
        having count(*) = min(items)
        """,
    ),
}


def coverage(settings: Settings, table: str) -> list[Coverage]:
    """Rows of `predictions.<table>` (a key of SAID) against the features, for the month ends that were scored and are
    held to what is known now."""
    from aieco_assets.core.customers.segments.rules import SEGMENTS

    said = SAID[table]
    query = f"""
        with scored as (select as_of, max(as_of) over () as last from predictions.scored_months where name = %(table)s),
        months as (select as_of from scored where not {said.last_month} or as_of = last),
        known as (select as_of, customer_id from features.customer_rfm where as_of in (select as_of from months)),
        predicted as (
            select * from ({said.rows}) as rows where not {said.last_month} or as_of in (select as_of from months)
        )
        select as_of, count(k.customer_id), count(*) filter (where p.customer_id is null and s.customer_id is null),
            count(*) filter (where k.customer_id is null),
            count(*) filter (where p.customer_id is not null and ({said.absurd}))
        from known k full join predicted p using (as_of, customer_id)
            left join ({said.spared}) as s using (as_of, customer_id)
        group by as_of order by as_of
    """  # noqa: S608 - our own constants
    values = {"table": table, "segments": list(SEGMENTS)}
    with connect(settings.warehouse) as connection:
        ((made,),) = connection.execute("select to_regclass('features.customer_rfm') is not null").fetchall()
        if not made:
            return []  # a shop that is not a month old: nobody was scored
        return [Coverage(*row) for row in connection.execute(query.encode(), values).fetchall()]
