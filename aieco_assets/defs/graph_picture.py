"""The graph, its status and its lineage as core/monitoring/graph_picture.py keeps them, by Dagster's event log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import dagster as dg

from aieco_assets.core.lineage.records import AssetNode
from aieco_assets.core.monitoring.graph_picture import AssetPicture, CheckResult, GraphPicture
from aieco_assets.core.settings import Settings
from aieco_assets.defs.asset_status import Checks, asset_status, latest_checks, policy_of
from aieco_assets.defs.monitoring.lineage_readings import DagsterHistory


def graph_picture(
    settings: Settings,
    instance: dg.DagsterInstance,
    graph: Any,
    now: datetime | None = None,
    checks: Checks | None = None,
    status: Sequence[Mapping[str, Any]] | None = None,
) -> GraphPicture:
    """As it is now. `checks` and `status` (rows of `aieco status --json`), where they are known already."""
    now = now or datetime.now(timezone.utc)
    checks = latest_checks(instance, graph) if checks is None else checks
    status = asset_status(settings, instance, graph, now, checks) if status is None else status
    history, rows = DagsterHistory(instance, graph), {row["key"]: row for row in status}
    edges, verdicts = history.column_lineage(), _verdicts(graph, checks)
    return GraphPicture(
        now,
        tuple(
            _asset(graph, node, rows.get(node.key), edges.get(node.key, {}), verdicts.get(node.key, ()))
            for node in history.nodes()
        ),
    )


def _asset(
    graph: Any, node: AssetNode, row: Mapping[str, Any] | None, edges: Any, checks: tuple[CheckResult, ...]
) -> AssetPicture:
    known = AssetPicture(
        node.key, node.parents, node.description, node.owners, node.kinds, node.columns, edges, checks=checks
    )
    if row is None:
        return known
    made_at = row["materialized_at"]
    return AssetPicture(
        **vars(known)
        | {
            "status": row["status"],
            "made_at": datetime.fromisoformat(made_at) if made_at else None,
            "rows": row["rows"],
            "waits": row["waits"],
            "policy": policy_of(graph.get(dg.AssetKey.from_user_string(node.key))),
        }
    )


def _verdicts(graph: Any, checks: Checks) -> dict[str, tuple[CheckResult, ...]]:
    found: dict[str, tuple[CheckResult, ...]] = {}
    for key in sorted(graph.asset_check_keys, key=lambda one: one.name):
        said = checks.get(key)
        one = CheckResult(key.name, said.passed if said else None, bool(graph.get(key).blocking))
        asset = "/".join(key.asset_key.path)
        found[asset] = (*found.get(asset, ()), one)
    return found
