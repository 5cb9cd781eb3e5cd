"""What the champions say of customers, as an answer: by pseudonym, never by a number or name of the source."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import MetricFilters, MetricResult, MetricRow
from aieco_assets.core.metrics import wording
from aieco_assets.core.metrics.covered_dates import Told
from aieco_assets.core.metrics.metric import SHARE
from aieco_assets.core.metrics.parsed_question import Asked
from aieco_assets.core.metrics.predicted import CHURN
from aieco_assets.core.metrics.warehouse import Freshness, Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

PROFILES = "analytics.customer_predictions"
MOST = 20  # customers, when the question does not say how many
_DEFINED = {
    CHURN: "Probability of no purchase in the 90 days after the last month end that was scored, by the churn champion.",
    "customers": "Customers that were scored at the last month end, by their segment of recency and frequency.",
}
_LATEST = f"as_of = (select max(as_of) from {PROFILES})"  # noqa: S608
_NEVER = "No customers have been scored yet: run `aieco run`, and see `aieco status` for the models."
_AS_OF = f"select max(as_of) from {PROFILES}"  # noqa: S608
_CHURN = {
    order: f"select customer_key, churn_risk, count(*) over () from {PROFILES}"  # noqa: S608
    f" where {_LATEST} and churn_risk is not null order by churn_risk {direction}, customer_key limit %(limit)s"
    for order, direction in (("most", "desc"), ("least", "asc"))
}
_MEAN = f"select avg(churn_risk) from {PROFILES} where {_LATEST}"  # noqa: S608
_SEGMENTS = {
    order: f"select segment, count(*), count(*) over () from {PROFILES}"  # noqa: S608
    f" where {_LATEST} and segment is not null group by segment order by 2 {direction}, segment limit %(limit)s"
    for order, direction in (("most", "desc"), ("least", "asc"))
}
_SEGMENT = f"select count(*) from {PROFILES} where {_LATEST} and lower(replace(segment, '’', '''')) = %(segment)s"  # noqa: S608


def statements() -> set[str]:
    """All that is run here: words of a question are parameters of these."""
    return {_AS_OF, _MEAN, _SEGMENT, *_CHURN.values(), *_SEGMENTS.values()}


def tell_predicted(reader: Reader, asked: Asked, fresh: Freshness) -> Told:
    """The answer to a question of `predicted`, or why there is none."""
    if not reader.may_read("analytics", "customer_predictions"):
        return Told(_NEVER, None)
    ((as_of,),) = reader.rows(_AS_OF)
    if as_of is None:
        return Told(_NEVER, None)
    return _churn(reader, asked, as_of, fresh) if asked.metric == CHURN else _segments(reader, asked, as_of, fresh)


def _churn(reader: Reader, asked: Asked, as_of: date, fresh: Freshness) -> Told:
    ((mean,),) = reader.rows(_MEAN)
    if mean is None:
        return Told("There is no churn model in use, so nobody's risk of leaving can be told.", None)
    average = round(float(mean), 4)
    if not asked.group:
        result = _result(CHURN, SHARE, as_of, fresh, average, "", (), 0)
        said = f"The average churn risk at {wording.spelt(as_of)} was {wording.number(average, SHARE)}."
        return Told(said, result)
    found = reader.rows(_CHURN[asked.order], {"limit": asked.top or MOST})
    rows = tuple(MetricRow(key, key, round(float(risk), 4)) for key, risk, _ in found)
    result = _result(CHURN, SHARE, as_of, fresh, average, "customer", rows, found[0][-1])
    which = "highest" if asked.order == "most" else "lowest"
    return Told(
        f"Churn risk (the probability of no purchase in the next 90 days) by customer at {wording.spelt(as_of)}, "
        f"{which} first, by pseudonym: {_told(rows, len(rows), SHARE)}; {wording.number(average, SHARE)} on average.",
        result,
    )


def _segments(reader: Reader, asked: Asked, as_of: date, fresh: Freshness) -> Told:
    if asked.item:
        ((count,),) = reader.rows(_SEGMENT, {"segment": asked.item})
        result = _result("customers", "customers", as_of, fresh, count, "", (), 0, (f"in the segment {asked.item}",))
        said = f"The number of customers in the segment {asked.item} at {wording.spelt(as_of)} was {count:,}."
        return Told(said, result)
    found = reader.rows(_SEGMENTS[asked.order], {"limit": asked.top or MOST})
    if not found:
        return Told(_NEVER, None)
    rows = tuple(MetricRow(key, key, count) for key, count, _ in found)
    result = _result("customers", "customers", as_of, fresh, None, "segment", rows, found[0][-1])
    return Told(
        f"The number of customers by segment at {wording.spelt(as_of)}: "
        f"{_told(rows, len(rows), 'customers', all_of=True)}.",
        result,
    )


def _told(rows: Sequence[MetricRow], count: int, unit: str, all_of: bool = False) -> str:
    shown = rows if all_of else rows[: wording.SAID_ROWS]
    more = f"; and {count - len(shown):,} more" if count > len(shown) else ""
    return "; ".join(f"{row.label} {wording.number(row.value, unit)}" for row in shown) + more


def _result(
    name: str,
    unit: str,
    as_of: date,
    fresh: Freshness,
    value: Any,
    group: str,
    rows: tuple[MetricRow, ...],
    groups: int,
    limits: tuple[str, ...] = (),
) -> MetricResult:
    return MetricResult(
        name=name,
        definition=_DEFINED[name],
        unit=unit,
        tables=(PROFILES,),
        filters=MetricFilters((), (), as_of, as_of),
        value=value,
        group_by=group or None,
        rows=rows,
        groups=groups,
        as_of=as_of,
        loaded_at=fresh.loaded_at,
        limits=limits,
    )
