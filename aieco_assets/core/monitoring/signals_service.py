"""Signals of the service, from its inference log and ratings; shadows, whose answers nobody saw, are left out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from aieco_assets.core.monitoring.effect_sizes import cohens_d, cohens_h, cramers_v
from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.monitoring.signal_catalogue import ANSWER
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

REFERENCE_DAYS = 28
# On both sides before a shift is told, and of a latency to compare with: with fewer, chance alone looks like an effect.
FEWEST = 30

_CALLS = """
    with calls as (
        select *, (retrieved -> 0 ->> 'score')::float8 as top_score from service.inference_log
        where arm <> 'shadow' and asked_at >= %(first)s::date::timestamp at time zone 'UTC'
            and asked_at < (%(last)s::date + 1)::timestamp at time zone 'UTC'
    ), ratings as (
        select calls.kind, count(*) as rated, count(*) filter (where rating = 'down') as down
        from service.feedback join calls using (trace_id) group by calls.kind
    )
    select kind, count(*) as requests, min(asked_at at time zone 'UTC')::date as first_day,
        count(*) filter (where abstained) as abstained,
        count(*) filter (where verified) as verified, coalesce(max(rated), 0) as rated, coalesce(max(down), 0) as down,
        percentile_cont(0.5) within group (order by latency_ms) as p50,
        percentile_cont(0.99) within group (order by latency_ms) as p99,
        avg(prompt_tokens + completion_tokens)::float8 as tokens,
        count(top_score) as scored, avg(top_score) as top_score, coalesce(var_samp(top_score), 0) as top_variance
    from calls left join ratings using (kind) group by kind order by kind
"""

# What a question was about: the document of the best hit; of none, such as a number's, the empty name.
_TOPICS = """
    select coalesce(retrieved -> 0 ->> 'document', '') as topic,
        count(*) filter (where asked_at >= %(day)s::date::timestamp at time zone 'UTC') as asked,
        count(*) filter (where asked_at < %(day)s::date::timestamp at time zone 'UTC') as asked_before
    from service.inference_log
    where kind = 'answer' and arm <> 'shadow' and asked_at >= %(first)s::date::timestamp at time zone 'UTC'
        and asked_at < (%(day)s::date + 1)::timestamp at time zone 'UTC'
    group by 1
"""

_FAILURES = """
    select count(*) from service.failures where failed_at >= %(day)s::date::timestamp at time zone 'UTC'
        and failed_at < (%(day)s::date + 1)::timestamp at time zone 'UTC'
"""


def of_calls(settings: Settings, day: date) -> Iterator[Signal]:
    """Of each kind of call that there were any of on the day."""
    with connect(settings.warehouse) as connection:
        now, before = _summary(connection, day, day), _summary(connection, *_reference(day))
        ((failed,),) = connection.execute(_FAILURES, {"day": day}).fetchall()
        topics = connection.execute(_TOPICS, {"day": day, "first": _reference(day)[0]}).fetchall()
    if asked := failed + (now[ANSWER]["requests"] if ANSWER in now else 0):
        yield Signal("error_rate", ANSWER, failed / asked, asked)
    for kind, calls in now.items():
        yield from _of_kind(day, kind, calls, before.get(kind))
    asked = sum(count for _, count, _ in topics)
    if min(asked, sum(count for *_, count in topics)) >= FEWEST:
        yield Signal("topic_shift", ANSWER, cramers_v([counts for _, *counts in topics]), asked)


def _of_kind(day: date, kind: str, calls: dict[str, Any], earlier: dict[str, Any] | None) -> Iterator[Signal]:
    """`earlier`: the same of the days before, None where there were no calls."""
    requests, then = calls["requests"], earlier["requests"] if earlier else 0

    def before(name: str, over: float = 1.0) -> float | None:
        return earlier[name] / over if earlier else None

    # A service that was first asked last week had a week of days, not four.
    days = (day - earlier["first_day"]).days if earlier else 1
    yield Signal("requests", kind, requests, requests, before("requests", days))
    # One quick call of last week would make every slow day of a slow machine news.
    usual = then >= FEWEST
    yield Signal("latency_p50_ms", kind, calls["p50"], requests, before("p50") if usual else None)
    yield Signal("latency_p99_ms", kind, calls["p99"], requests, before("p99") if usual else None)
    if kind != ANSWER:
        return
    yield Signal("abstention_rate", kind, calls["abstained"] / requests, requests, before("abstained", then))
    yield Signal("verified_rate", kind, calls["verified"] / requests, requests, before("verified", then))
    yield Signal("tokens_per_answer", kind, calls["tokens"], requests, before("tokens"))
    if calls["rated"]:
        yield Signal("thumbs_down_rate", kind, calls["down"] / calls["rated"], calls["rated"])
    if calls["scored"]:
        scored_before = before("top_score") if earlier and earlier["scored"] else None
        yield Signal("top_score", kind, calls["top_score"], calls["scored"], scored_before)
    if earlier:
        yield from _shifts(calls, earlier)


def _shifts(now: dict[str, Any], before: dict[str, Any]) -> Iterator[Signal]:
    if min(now["requests"], before["requests"]) >= FEWEST:
        shares = [side["abstained"] / side["requests"] for side in (now, before)]
        yield Signal("abstention_shift", ANSWER, cohens_h(*shares), now["requests"], shares[1])
    if min(now["scored"], before["scored"]) >= FEWEST:
        ours, theirs = ((side["top_score"], side["top_variance"], side["scored"]) for side in (now, before))
        yield Signal("top_score_shift", ANSWER, cohens_d(*ours, theirs), now["scored"], theirs[0])


def _reference(day: date) -> tuple[date, date]:
    return day - timedelta(days=REFERENCE_DAYS), day - timedelta(days=1)


def _summary(connection: Any, first: date, last: date) -> dict[str, dict[str, Any]]:
    """By kind of call, the numbers of these days together."""
    cursor = connection.execute(_CALLS, {"first": first, "last": last})
    names = [column.name for column in cursor.description]
    return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
