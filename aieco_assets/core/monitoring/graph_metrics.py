"""What Prometheus sees of the graph: a file in the text format, for the dashboard's /metrics and node exporter alike.

The daemon's sensor writes it each minute, so that nothing that Prometheus asks loads Dagster. Moments are exported, not
ages, which would stand still when the daemon does: `aieco_graph_seen_timestamp_seconds` tells that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.monitoring.incidents import WARNING
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from prometheus_client.core import Metric

# Kinds of incidents that go on until they are over: at nought, so that a panel has something to draw.
LASTING = ("run_failed", "check_failed", "stale_asset", "disk_nearly_full", "spool_growing", "approval_awaited")


@dataclass(frozen=True)
class RunCount:
    """Runs of a job that are in a status. `seconds`: of those that have ended, from begin to end, added up."""

    job: str
    status: str
    runs: int
    seconds: float | None


@dataclass(frozen=True)
class LastTick:
    """When a sensor or schedule was last evaluated, and whether that failed."""

    name: str
    at: datetime
    failed: bool


@dataclass(frozen=True)
class Graph:
    """What Dagster knows. `assets`: rows of `aieco status --json`; `stale_after`: seconds, of those with a policy."""

    assets: Sequence[Mapping[str, Any]]
    stale_after: Mapping[str, float]
    runs: Sequence[RunCount]
    ticks: Sequence[LastTick]


def metrics_file(settings: Settings) -> Path:
    """Alone in its folder, which is what node exporter's --collector.textfile.directory takes."""
    return settings.home / "metrics" / "graph.prom"


def write_graph_metrics(settings: Settings, graph: Graph, now: datetime) -> None:
    """Replaces the file as a whole."""
    from prometheus_client import CollectorRegistry, write_to_textfile

    registry = CollectorRegistry()
    registry.register(_Collector([*of_graph(graph, now), *of_warehouse(settings)]))
    path = metrics_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), registry)


def of_graph(graph: Graph, now: datetime) -> list[Metric]:
    """Assets, runs and ticks. Labels are names in the code, never anything a client sends."""
    from prometheus_client.core import GaugeMetricFamily, SummaryMetricFamily

    seen = GaugeMetricFamily("aieco_graph_seen_timestamp_seconds", "When the daemon last looked at the graph.")
    seen.add_metric([], now.timestamp())
    made = GaugeMetricFamily("aieco_asset_last_materialized_timestamp_seconds", "When it was made.", labels=["asset"])
    limit = GaugeMetricFamily("aieco_asset_stale_after_seconds", "Age that its policy lets it have.", labels=["asset"])
    failed = GaugeMetricFamily("aieco_asset_checks_failed", "Checks that failed last.", labels=["asset"])
    for row in graph.assets:
        if row["materialized_at"]:
            made.add_metric([row["key"]], datetime.fromisoformat(row["materialized_at"]).timestamp())
        failed.add_metric([row["key"]], row["checks"]["failed"])
    for asset, seconds in graph.stale_after.items():
        limit.add_metric([asset], seconds)
    ended = SummaryMetricFamily("aieco_run_seconds", "Of runs that ended, by job and status.", labels=["job", "status"])
    waiting = GaugeMetricFamily("aieco_runs_unfinished", "Runs that wait or are under way.", labels=["status"])
    under_way: dict[str, int] = dict.fromkeys(("queued", "starting", "started", "canceling"), 0)
    for one in graph.runs:
        if one.seconds is None:
            under_way[one.status] = under_way.get(one.status, 0) + one.runs
        else:
            ended.add_metric([one.job, one.status], one.runs, one.seconds)
    for status, runs in under_way.items():
        waiting.add_metric([status], runs)
    ticked = GaugeMetricFamily("aieco_tick_timestamp_seconds", "Last tick of a sensor or schedule.", labels=["name"])
    ill = GaugeMetricFamily("aieco_tick_failed", "1 when that tick failed.", labels=["name"])
    for tick in graph.ticks:
        ticked.add_metric([tick.name], tick.at.timestamp())
        ill.add_metric([tick.name], tick.failed)
    return [seen, made, limit, failed, ended, waiting, ticked, ill]


def of_warehouse(settings: Settings) -> list[Metric]:
    """Incidents that are open, and what the policies have decided so far."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    with connect(settings.warehouse) as connection:
        open_ones = connection.execute(
            "select kind, severity, count(*) from monitoring.incidents where resolved_at is null group by 1, 2"
        ).fetchall()
        decided = connection.execute(
            "select policy, outcome, count(*) from monitoring.decisions group by 1, 2"
        ).fetchall()
    counts = {(kind, WARNING): 0 for kind in LASTING} | {(kind, severity): count for kind, severity, count in open_ones}
    incidents = GaugeMetricFamily("aieco_incidents_open", "Incidents that are not over.", labels=["kind", "severity"])
    for labels, count in counts.items():
        incidents.add_metric(labels, count)
    decisions = CounterMetricFamily("aieco_policy_decisions", "By policy and outcome.", labels=["policy", "outcome"])
    for policy, outcome, count in decided:
        decisions.add_metric([policy, outcome], count)
    return [incidents, decisions]


class _Collector:
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics
