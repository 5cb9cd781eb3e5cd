"""Per asset: when it was made, how fresh, which checks hold, how many rows (`aieco status`)."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import dagster as dg

from aieco_assets.orchestrate.instance import Workplace
from aieco_assets.orchestrate.plan import Days, known_days, latest_checks, left_out
from aieco_assets.orchestrate.progress import rows_of, waits_of


def asset_status(workplace: Workplace, now: datetime | None = None) -> list[dict[str, Any]]:
    """One entry per asset, in the order of the graph (DESIGN section 4, `aieco status --json`)."""
    now = now or datetime.now(timezone.utc)
    graph = workplace.graph
    keys = [key for key in graph.toposorted_asset_keys if key in graph.executable_asset_keys]
    entries = {
        record.asset_entry.asset_key: record.asset_entry for record in workplace.instance.get_asset_records(keys)
    }
    checks, days = _check_counts(workplace), known_days(workplace.settings)
    return [_describe(graph.get(key), entries.get(key), checks.get(key, (0, 0)), workplace, days, now) for key in keys]


def _describe(
    node: Any, entry: Any, checks: tuple[int, int], workplace: Workplace, days: Days, now: datetime
) -> dict[str, Any]:
    event = entry.last_materialization if entry else None
    made_at = datetime.fromtimestamp(event.timestamp, timezone.utc) if event else None
    absent = None if event else left_out(node, days)  # what can't be there yet is not late
    rows = rows_of(event.asset_materialization.metadata) if event else None
    return {
        "key": node.key.to_user_string(),
        "status": _status(entry, workplace),
        "materialized_at": made_at.isoformat(timespec="seconds") if made_at else None,
        "freshness": "none" if absent else _freshness(node.freshness_policy, made_at, now),
        "checks": {"passed": checks[0], "failed": checks[1]},
        "rows": rows,
        # Beside the status, for it is none: nothing is wrong, and there is too little to make it from yet.
        "waits": waits_of(event.asset_materialization.metadata) if event else absent or "",
    }


def _status(entry: Any, workplace: Workplace) -> str:
    """`failed` when the last run that was to make the asset failed without making it."""
    if entry is None:
        return "missing"
    made_by = entry.last_materialization.run_id if entry.last_materialization else None
    if entry.last_run_id and entry.last_run_id != made_by:
        run = workplace.instance.get_run_by_id(entry.last_run_id)
        if run is not None and run.status in (dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED):
            return "failed"
    return "materialized" if made_by else "missing"


def _freshness(policy: Any, made_at: datetime | None, now: datetime) -> str:
    """By the asset's time-window policy; `none` where it has no policy."""
    if policy is None:
        return "none"
    if made_at is None:
        return "stale"
    age = now - made_at
    fail, warn = _window(policy.fail_window), _window(policy.warn_window)
    if fail is not None and age > fail:
        return "stale"
    return "warn" if warn is not None and age > warn else "fresh"


def _window(value: Any) -> timedelta | None:
    if value is None or isinstance(value, timedelta):
        return value
    return value.to_timedelta()


def _check_counts(workplace: Workplace) -> dict[dg.AssetKey, tuple[int, int]]:
    counts: dict[dg.AssetKey, tuple[int, int]] = {}
    for key, record in latest_checks(workplace).items():
        passed, failed = counts.get(key.asset_key, (0, 0))
        event = record.event.dagster_event if record.event else None
        evaluation: Any = event.event_specific_data if event else None
        holds = getattr(evaluation, "passed", None)
        if holds is None:
            continue  # planned, but its run never came to it
        counts[key.asset_key] = (passed + int(holds), failed + int(not holds))
    return counts
