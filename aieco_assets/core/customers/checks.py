"""What must hold of customer predictions before anybody reads them."""

from __future__ import annotations

from collections.abc import Sequence
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


def coverage(settings: Settings, as_of: Sequence[date] | None = None) -> list[Coverage]:
    """Predictions against features, for the month ends given or all that were scored.

    Absurd: p_alive outside 0..1, a negative or infinite expectation, fewer purchases or less value in more time, or
    an interval whose bounds are not in order. Null is what a champion without intervals or value leaves.
    """
    query = """
        with scored as (
            select as_of from predictions.batches where %(as_of)s::date[] is null or as_of = any(%(as_of)s)
        ),
        known as (select as_of, customer_id from features.customer_rfm where as_of in (select as_of from scored)),
        predicted as (select * from predictions.customers where as_of in (select as_of from scored))
        select as_of, count(k.customer_id), count(*) filter (where p.customer_id is null),
            count(*) filter (where k.customer_id is null),
            count(*) filter (where p.customer_id is not null and not (
                p_alive between 0 and 1 and 0 <= expected_purchases_30d
                and expected_purchases_30d <= expected_purchases_90d
                and expected_purchases_90d <= expected_purchases_365d
                and expected_purchases_365d < 'infinity'
                and coalesce(0 <= expected_value_30d and expected_value_30d <= expected_value_90d
                    and expected_value_90d <= expected_value_365d and expected_value_365d < 'infinity', true)
                and coalesce(0 <= purchases_30d_low and purchases_30d_low <= purchases_30d_high
                    and purchases_90d_low <= purchases_90d_high and purchases_365d_low <= purchases_365d_high
                    and purchases_30d_high <= purchases_90d_high and purchases_90d_high <= purchases_365d_high, true)
                and coalesce(0 <= value_30d_low and value_30d_low <= value_30d_high
                    and value_90d_low <= value_90d_high and value_365d_low <= value_365d_high
                    and value_365d_high < 'infinity', true)))
        from known k full join predicted p using (as_of, customer_id)
        group by as_of order by as_of
    """
    with connect(settings.warehouse) as connection:
        rows = connection.execute(query, {"as_of": list(as_of) if as_of else None}).fetchall()
    return [Coverage(*row) for row in rows]
