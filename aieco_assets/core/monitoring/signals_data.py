"""Signals of what comes in: drift of the features, rows rejected, documents kept out, golden questions, policies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from aieco_assets.core.contracts import RAG
from aieco_assets.core.monitoring.drift_features import CUSTOMER_RFM
from aieco_assets.core.monitoring.signal import Signal
from aieco_assets.core.monitoring.signal_catalogue import DOCUMENTS, METRICS, TRANSACTIONS
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

_DRIFT = """
    select model, column_name, score, threshold, share_drifted, rows from monitoring.drift
    where day = %(day)s order by model, column_name
"""
_ROWS = """
    select sum(read)::bigint, sum(rejected)::bigint from lake.transaction_days
    where landed_at >= %(begins)s and landed_at < %(ends)s having sum(read) > 0
"""
_DOCUMENTS = """
    with kept as (select count(*) as n from lake.documents where first_seen < %(ends)s
                  and (removed_at is null or removed_at >= %(ends)s)),
        quarantined as (select count(distinct path) as n from lake.document_quarantine where seen_at < %(ends)s)
    select kept.n, quarantined.n from kept, quarantined
"""
_GOLDEN = """
    select summary -> 'answerable' from evaluation.rag_runs
    where kind = 'golden' and evaluated_at < %(ends)s order by evaluated_at desc limit 1
"""
_ACTIONS = """
    select kind, target, count(*) from monitoring.decisions join monitoring.decision_actions on decision_id = id
        cross join lateral jsonb_each_text(action) as named (kind, target)
    where day = %(day)s and state <> 'failed' and (outcome = 'fire' or approved_at is not null) group by 1, 2
"""


_SUCCEEDED = """
    select model, count(*), sum(answers)::bigint from service.canaries, jsonb_object_keys(candidate) as model
    where succeeded_at >= %(begins)s and succeeded_at < %(ends)s group by model
"""
_STOPPED = """
    select model, count(*), coalesce(sum((numbers -> 'canary' ->> 'answers')::bigint), 0)::bigint
    from service.trials, jsonb_object_keys(candidate) as model
    where stopped_at >= %(begins)s and stopped_at < %(ends)s group by model
"""


def of_data(settings: Settings, day: date) -> Iterator[Signal]:
    """What was found on the day; nothing of what was not looked at."""
    ends = datetime.combine(day + timedelta(days=1), time.min, timezone.utc)
    day_of = {"begins": ends - timedelta(days=1), "ends": ends}
    with connect(settings.warehouse) as connection:
        yield from _drift(connection, day)
        for read, rejected in connection.execute(_ROWS, day_of):
            yield Signal("reject_rate", TRANSACTIONS, rejected / read, read)
        ((kept, quarantined),) = connection.execute(_DOCUMENTS, {"ends": ends}).fetchall()
        if kept + quarantined:
            yield Signal("quarantine_rate", DOCUMENTS, quarantined / (kept + quarantined), kept + quarantined)
        for (answerable,) in connection.execute(_GOLDEN, {"ends": ends}):
            if answerable["n"]:
                yield Signal("golden_correct_rate", RAG, answerable["correct"] / answerable["n"], answerable["n"])
        for model, count, answers in connection.execute(_SUCCEEDED, day_of):
            yield Signal("canary_succeeded", model, count, max(answers, 1))
        for model, count, answers in connection.execute(_STOPPED, day_of):
            yield Signal("canary_stopped", model, count, max(answers, 1))
        counted = {metric.raised_by: metric.name for metric in METRICS.values() if metric.raised_by}
        for kind, target, count in connection.execute(_ACTIONS, {"day": day}):
            if kind in counted:
                yield Signal(counted[kind], target, count, count)


def _drift(connection: Any, day: date) -> Iterator[Signal]:
    """Of the features that all share, and of the inputs of each model."""
    told = set()
    for model, column, score, threshold, share, rows in connection.execute(_DRIFT, {"day": day}).fetchall():
        ours = model == CUSTOMER_RFM
        if model not in told:
            yield Signal("drift_share" if ours else "training_drift_share", model, share, rows)
            told.add(model)
        if ours:
            yield Signal("drift_score", column, score, rows, threshold)
        else:
            yield Signal("training_drift_score", f"{model}.{column}", score, rows, threshold)
