"""Looks at what may be wrong, opens and ends incidents, and has them told, while nothing waits for that."""

from datetime import datetime, timezone
from functools import partial
from typing import Any

import dagster as dg

from aieco_assets.core.monitoring.alerts import deliver_in_background
from aieco_assets.core.monitoring.graph_health import (
    approval_troubles,
    gate_troubles,
    recover_runs,
    run_trouble,
    stale_troubles,
)
from aieco_assets.core.monitoring.graph_metrics import Graph, write_graph_metrics
from aieco_assets.core.monitoring.graph_picture import write_picture
from aieco_assets.core.monitoring.home_health import disk_troubles, spool_troubles
from aieco_assets.core.monitoring.incidents import Trouble, close_calm, settle
from aieco_assets.core.settings import Settings
from aieco_assets.defs.asset_status import Checks, asset_status, failed_checks, latest_checks, stale_after
from aieco_assets.defs.graph_picture import graph_picture
from aieco_assets.defs.monitoring.graph_readings import CHOSEN_ASSETS, last_ticks, run_counts, succeeded_at

Assets = list[dict[str, Any]]  # rows of `aieco status --json`


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Opens and ends incidents: stale assets, failed blocking checks, failed runs, disk, spool, approvals. "
    "Writes what Prometheus and the service see of the graph.",
)
def alert_sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]):
    now = datetime.now(timezone.utc)
    try:
        settle(settings, "disk_nearly_full", disk_troubles(settings), now)
        settle(settings, "spool_growing", spool_troubles(settings, now), now)
        settle(settings, "approval_awaited", approval_troubles(settings), now)
        assert context.repository_def is not None
        graph = context.repository_def.asset_graph
        checks = latest_checks(context.instance, graph)
        assets = _look_at_assets(settings, context.instance, graph, now, checks)
        closed = close_calm(settings, now)
        _show(settings, context.instance, graph, assets, now)
        write_picture(settings, graph_picture(settings, context.instance, graph, now, checks, assets))
    finally:
        deliver_in_background(settings)
    return dg.SkipReason(f"{closed} incidents are over.")


def failed_run(run: dg.DagsterRun, message: str) -> Trouble:
    """The incident of a run that failed."""
    chosen = run.asset_selection if run.job_name == CHOSEN_ASSETS else None
    return run_trouble(run.run_id, run.job_name, [key.to_user_string() for key in chosen or ()], message)


def _look_at_assets(
    settings: Settings, instance: dg.DagsterInstance, graph: Any, now: datetime, checks: Checks
) -> Assets:
    assets = asset_status(settings, instance, graph, now, checks)
    gates = [(key.asset_key.to_user_string(), key.name) for key in failed_checks(checks) if graph.get(key).blocking]
    settle(settings, "stale_asset", stale_troubles(assets), now)
    settle(settings, "check_failed", gate_troubles(gates), now)
    recover_runs(settings, assets, partial(succeeded_at, instance), now)
    return assets


def _show(settings: Settings, instance: dg.DagsterInstance, graph: Any, assets: Assets, now: datetime) -> None:
    """To Prometheus."""
    limits = {row["key"]: stale_after(graph.get(dg.AssetKey.from_user_string(row["key"]))) for row in assets}
    ages = {key: limit.total_seconds() for key, limit in limits.items() if limit is not None}
    write_graph_metrics(settings, Graph(assets, ages, run_counts(instance), last_ticks(instance)), now)
