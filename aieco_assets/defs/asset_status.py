"""Per asset: when it was made, how fresh, which checks hold, how many rows: by Dagster's event log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg

from aieco_assets.core.monitoring.graph_picture import Policy, freshness
from aieco_assets.core.retail.covered_days import Days, known_days
from aieco_assets.core.settings import Settings
from aieco_assets.defs.ranges import left_out
from aieco_assets.defs.waiting import WAITS

Checks = Mapping[dg.AssetCheckKey, Any]


def asset_status(
    settings: Settings,
    instance: dg.DagsterInstance,
    graph: Any,
    now: datetime | None = None,
    checks: Checks | None = None,
) -> list[dict[str, Any]]:
    """One entry per asset, in the order of the graph (DESIGN section 4, `aieco status --json`). `checks`: the latest,
    where they are known already."""
    now = now or datetime.now(timezone.utc)
    keys = [key for key in graph.toposorted_asset_keys if key in graph.executable_asset_keys]
    entries = {record.asset_entry.asset_key: record.asset_entry for record in instance.get_asset_records(keys)}
    counts, days = _check_counts(latest_checks(instance, graph) if checks is None else checks), known_days(settings)
    return [_describe(graph.get(key), entries.get(key), counts.get(key, (0, 0)), instance, days, now) for key in keys]


def _describe(
    node: Any, entry: Any, checks: tuple[int, int], instance: dg.DagsterInstance, days: Days, now: datetime
) -> dict[str, Any]:
    event = entry.last_materialization if entry else None
    made_at = datetime.fromtimestamp(event.timestamp, timezone.utc) if event else None
    absent = None if event else left_out(node, days)  # what can't be there yet is not late
    rows = rows_of(event.asset_materialization.metadata) if event else None
    return {
        "key": node.key.to_user_string(),
        "status": _status(entry, instance),
        "materialized_at": made_at.isoformat(timespec="seconds") if made_at else None,
        "freshness": "none" if absent else freshness(policy_of(node), made_at, now),
        "checks": {"passed": checks[0], "failed": checks[1]},
        "rows": rows,
        # Beside the status, for it is none: nothing is wrong, and there is too little to make it from yet.
        "waits": waits_of(event.asset_materialization.metadata) if event else absent or "",
    }


def _status(entry: Any, instance: dg.DagsterInstance) -> str:
    """`failed` when the last run that was to make the asset failed without making it."""
    if entry is None:
        return "missing"
    made_by = entry.last_materialization.run_id if entry.last_materialization else None
    if entry.last_run_id and entry.last_run_id != made_by:
        run = instance.get_run_by_id(entry.last_run_id)
        if run is not None and run.status in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
            return "failed"
    return "materialized" if made_by else "missing"


def _window(value: Any) -> timedelta | None:
    if value is None or isinstance(value, timedelta):
        return value
    return value.to_timedelta()


def policy_of(node: Any) -> Policy | None:
    """By the asset's time-window policy; None where it has none."""
    if node.freshness_policy is None:
        return None
    windows = (_window(node.freshness_policy.warn_window), _window(node.freshness_policy.fail_window))
    return Policy(*(None if one is None else one.total_seconds() for one in windows))


def stale_after(node: Any) -> timedelta | None:
    """The age from which an asset counts as stale; None where its policy has none."""
    return None if node.freshness_policy is None else _window(node.freshness_policy.fail_window)


def latest_checks(instance: dg.DagsterInstance, graph: Any) -> Checks:
    """The last evaluation of each check; None of one that was planned and whose run never came to it."""
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(graph.asset_check_keys))
    found = {}
    for key, record in records.items():
        event = record.event.dagster_event if record.event else None
        evaluation: Any = event.event_specific_data if event else None
        # That one has an event of another kind, without `passed`.
        found[key] = evaluation if hasattr(evaluation, "passed") else None
    return found


def failed_checks(latest: Checks) -> list[dg.AssetCheckKey]:
    """Those whose last evaluation failed with severity ERROR."""
    error = dg.AssetCheckSeverity.ERROR
    return [key for key, one in latest.items() if one and not one.passed and one.severity == error]


def rows_of(metadata: dict[str, Any]) -> int | None:
    """The row count among an asset's metadata, by the names that our assets and dagster-dbt give it."""
    for name in ("rows", "dagster/row_count", "dagster/partition_row_count"):
        if name in metadata and isinstance(metadata[name].value, int):
            return metadata[name].value
    return None


def waits_of(metadata: dict[str, Any]) -> str:
    """What the asset waits for, by its own words; empty where it waits for nothing."""
    return str(metadata[WAITS].value) if WAITS in metadata else ""


def _check_counts(latest: Checks) -> dict[dg.AssetKey, tuple[int, int]]:
    counts: dict[dg.AssetKey, tuple[int, int]] = {}
    for key, evaluation in latest.items():
        if evaluation is not None:
            passed, failed = counts.get(key.asset_key, (0, 0))
            counts[key.asset_key] = (passed + int(evaluation.passed), failed + int(not evaluation.passed))
    return counts
