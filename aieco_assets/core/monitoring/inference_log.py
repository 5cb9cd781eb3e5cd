"""What the service did on a day, from its log: counts, how often it was silent, how long people waited, ratings."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from aieco_assets.core.monitoring.journal import ship
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

# Ratings are counted on the day of the answer that they are about, once per rating.
_SUMMARY = """
    with calls as (
        select * from service.inference_log
        where arm <> 'shadow' and asked_at >= %(day)s::date::timestamp at time zone 'UTC'
            and asked_at < (%(day)s::date + 1)::timestamp at time zone 'UTC'
    ), ratings as (
        select calls.kind, count(*) filter (where rating = 'up') as up, count(*) filter (where rating = 'down') as down
        from service.feedback join calls using (trace_id) group by calls.kind
    )
    select kind, count(*), count(*) filter (where verified), count(*) filter (where abstained), sum(customers),
        sum(prompt_tokens), sum(completion_tokens),
        percentile_cont(0.5) within group (order by latency_ms),
        percentile_cont(0.95) within group (order by latency_ms),
        coalesce(max(up), 0), coalesce(max(down), 0), coalesce(sum(cost), 0)
    from calls left join ratings using (kind) group by kind order by kind
"""
_BY_HOUR = """
    select extract(hour from asked_at at time zone 'UTC')::int, count(*) from service.inference_log
    where arm <> 'shadow' and asked_at >= %(day)s::date::timestamp at time zone 'UTC'
        and asked_at < (%(day)s::date + 1)::timestamp at time zone 'UTC'
    group by 1
"""


@dataclass(frozen=True)
class InferenceDay:
    """Calls of one kind on one day (UTC). Grain: (day, kind). Latencies in milliseconds, queue included."""

    day: date
    kind: str
    requests: int
    verified: int
    abstained: int
    customers: int
    prompt_tokens: int
    completion_tokens: int
    latency_p50_ms: float
    latency_p95_ms: float
    rated_up: int
    rated_down: int
    cost: float = 0.0

    @property
    def abstention_rate(self) -> float:
        return self.abstained / self.requests


@dataclass(frozen=True)
class InferenceLog:
    """A day's rows; `by_hour` has 24 counts; `shipped` records were still on disk and were stored first."""

    day: date
    kinds: tuple[InferenceDay, ...]
    by_hour: tuple[int, ...]
    shipped: int

    @property
    def requests(self) -> int:
        return sum(kind.requests for kind in self.kinds)

    @property
    def abstention_rate(self) -> float:
        """Of the answers; 0 on a day without any."""
        return next((kind.abstention_rate for kind in self.kinds if kind.kind == "answer"), 0.0)


def summarise_day(settings: Settings, day: date) -> InferenceLog:
    """Writes monitoring.inference_days of one day, replacing what was there; what a dead service left is stored first.

    Raises AiecoError when Postgres does not answer.
    """
    shipped = ship(settings)
    with connect(settings.warehouse) as connection:
        connection.execute("select pg_advisory_xact_lock(61, %s)", (day.toordinal(),))
        rows = connection.execute(_SUMMARY, {"day": day}).fetchall()
        kinds = tuple(InferenceDay(day, kind, *map(int, counts[:6]), *counts[6:]) for kind, *counts in rows)
        hours = dict(connection.execute(_BY_HOUR, {"day": day}).fetchall())
        _write(connection, day, kinds)
    return InferenceLog(day, kinds, tuple(hours.get(hour, 0) for hour in range(24)), shipped)


def _write(connection: psycopg.Connection[Any], day: date, kinds: tuple[InferenceDay, ...]) -> None:
    connection.execute("delete from monitoring.inference_days where day = %s", (day,))
    for kind in kinds:
        connection.execute(
            "insert into monitoring.inference_days (day, kind, requests, verified, abstained, customers, prompt_tokens,"
            " completion_tokens, latency_p50_ms, latency_p95_ms, rated_up, rated_down, cost)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            astuple(kind),
        )
