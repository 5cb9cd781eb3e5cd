"""Dagster's event log: of old runs stays what says what was made; Dagster itself has a retention for ticks only.

In its tables, because its own way, deleting a run, forgets with it which partitions were made. Tables of Dagster 1.13.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from aieco_assets.core.maintenance.result import Freed
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.locks import limit_waits, naming_holder
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import psycopg

_TABLES = ("event_logs", "asset_event_tags", "asset_check_executions", "runs", "run_tags")
# Of these the newest of an asset and partition stays; of checks, what their executions name.
_NEWEST = ("ASSET_MATERIALIZATION", "ASSET_OBSERVATION", "ASSET_MATERIALIZATION_PLANNED", "ASSET_FAILED_TO_MATERIALIZE")
_OF_CHECKS = ("ASSET_CHECK_EVALUATION", "ASSET_CHECK_EVALUATION_PLANNED")
_MADE = """
    create temporary table ended on commit drop as
    select run_id from runs
    where status in ('SUCCESS', 'FAILURE', 'CANCELED') and to_timestamp(end_time) < %(before)s;
"""
_CHECKS = """
    create temporary table old_checks on commit drop as
    select id, evaluation_event_storage_id from (
        select id, run_id, evaluation_event_storage_id,
            row_number() over (partition by asset_key, check_name, partition order by id desc) as age
        from asset_check_executions
    ) as executions
    where age > 1 and run_id in (select run_id from ended);
"""
_EVENTS = """
    create temporary table old_events on commit drop as
    select id, pg_column_size(event) as bytes from event_logs
    where run_id in (select run_id from ended)
        and coalesce(dagster_event_type, '') <> all(%(newest)s) and coalesce(dagster_event_type, '') <> all(%(checks)s)
    union all
    select id, bytes from (
        select id, run_id, pg_column_size(event) as bytes,
            row_number() over (partition by asset_key, partition, dagster_event_type order by id desc) as age
        from event_logs where dagster_event_type = any(%(newest)s)
    ) as events
    where age > 1 and run_id in (select run_id from ended)
    union all
    select id, pg_column_size(event) from event_logs
    where dagster_event_type = any(%(checks)s) and run_id in (select run_id from ended)
        and id not in (
            select evaluation_event_storage_id from asset_check_executions
            where evaluation_event_storage_id is not null and id not in (select id from old_checks)
        );
"""
_EMPTY_RUNS = """
    create temporary table old_runs on commit drop as
    select run_id from ended
    where not exists (
        select from event_logs where event_logs.run_id = ended.run_id and id not in (select id from old_events)
    ) and not exists (
        select from asset_check_executions as kept
        where kept.run_id = ended.run_id and id not in (select id from old_checks)
    );
"""
_DELETE = (
    "delete from asset_event_tags where event_id in (select id from old_events)",
    "delete from event_logs where id in (select id from old_events)",
    "delete from asset_check_executions where id in (select id from old_checks)",
    "delete from run_tags where run_id in (select run_id from old_runs)",
    "delete from runs where run_id in (select run_id from old_runs)",
)


def trim_event_log(settings: Settings, age: timedelta, dry_run: bool) -> list[Freed]:
    """Of runs that ended longer ago than `age`: what they said goes; the latest event of each asset, partition and
    check stays, and so do the runs that made them. Nothing before Dagster has its tables."""
    url = settings.database("dagster")
    with naming_holder(url), connect(url) as connection:
        if not _is_dagsters(connection):
            return []
        limit_waits(connection)
        before = {"before": datetime.now(timezone.utc) - age, "newest": [*_NEWEST], "checks": [*_OF_CHECKS]}
        for query in (_MADE, _CHECKS, _EVENTS, _EMPTY_RUNS):
            connection.execute(query.encode(), before)
        ((events, size),) = connection.execute("select count(*), coalesce(sum(bytes), 0) from old_events").fetchall()
        ((runs,),) = connection.execute("select count(*) from old_runs").fetchall()
        for query in () if dry_run else _DELETE:
            connection.execute(query.encode())
    return [Freed("events of old runs", events, int(size)), Freed("old runs of which nothing is left", runs)]


def _is_dagsters(connection: psycopg.Connection[Any]) -> bool:
    found = connection.execute(
        "select count(*) from unnest(%s::text[]) as name where to_regclass(name) is not null", ([*_TABLES],)
    )
    return found.fetchone() == (len(_TABLES),)
