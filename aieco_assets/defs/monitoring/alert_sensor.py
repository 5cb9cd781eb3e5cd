"""Looks at what may be wrong, opens and ends incidents, and has them told, while nothing waits for that."""

from datetime import datetime, timezone
from typing import Any, cast

import dagster as dg

from aieco_assets.core.monitoring.alerts import deliver_in_background
from aieco_assets.core.monitoring.home_health import disk_troubles, spool_troubles
from aieco_assets.core.monitoring.incidents import CRITICAL, Trouble, close_calm, open_incidents, recover, settle
from aieco_assets.core.policy.records import waiting_for_approval
from aieco_assets.core.settings import Settings

RUN_FAILED = "run_failed"
# Dagster's job of whatever assets were chosen: its name says nothing, so that the assets are what failed.
CHOSEN_ASSETS = "__ASSET_JOB"


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Opens and ends incidents: stale assets, failed blocking checks, failed runs, disk, spool, approvals.",
)
def alert_sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]):
    now = datetime.now(timezone.utc)
    try:
        settle(settings, "disk_nearly_full", disk_troubles(settings), now)
        settle(settings, "spool_growing", spool_troubles(settings, now), now)
        settle(settings, "approval_awaited", _approvals(settings), now)
        assert context.repository_def is not None
        _look_at_assets(settings, context.instance, context.repository_def.asset_graph, now)
        closed = close_calm(settings, now)
    finally:
        deliver_in_background(settings)
    return dg.SkipReason(f"{closed} incidents are over.")


def failed_run(run: dg.DagsterRun, message: str) -> Trouble:
    """The incident of a run that failed: of its job, or of the assets that were chosen."""
    chosen = run.job_name == CHOSEN_ASSETS and run.asset_selection
    subject = ", ".join(sorted(key.to_user_string() for key in chosen)) if chosen else run.job_name
    return Trouble(RUN_FAILED, subject, f"Run {run.run_id} of {run.job_name} failed: {message}")


def _look_at_assets(settings: Settings, instance: dg.DagsterInstance, graph: Any, now: datetime) -> None:
    # Here, for that package loads the definitions of which this is one.
    from aieco_assets.orchestrate.instance import Workplace
    from aieco_assets.orchestrate.plan import latest_checks
    from aieco_assets.orchestrate.status import asset_status

    class Here:
        def __init__(self) -> None:
            self.settings, self.instance, self.graph = settings, instance, graph

    here = cast(Workplace, Here())
    rows = asset_status(here, now)
    stale = [row for row in rows if row["freshness"] == "stale" and row["materialized_at"]]
    settle(
        settings,
        "stale_asset",
        [
            Trouble("stale_asset", row["key"], f"{row['key']} was last made at {row['materialized_at']} and is stale.")
            for row in stale
        ],
        now,
    )
    checks = [
        Trouble(
            "check_failed",
            f"{key.asset_key.to_user_string()}: {key.name}",
            f"Check {key.name} of {key.asset_key.to_user_string()} failed: what comes after it is not made.",
            CRITICAL,
        )
        for key, record in latest_checks(here).items()
        if graph.get(key).blocking and _fails(record)
    ]
    settle(settings, "check_failed", checks, now)
    failed = {row["key"] for row in rows if row["status"] == "failed"}
    for subject, last_seen in open_incidents(settings, RUN_FAILED).items():
        if _runs_again(instance, subject, last_seen, failed, {row["key"] for row in rows}):
            recover(settings, RUN_FAILED, subject, now)


def _fails(record: Any) -> bool:
    event = record.event.dagster_event if record.event else None
    evaluation: Any = event.event_specific_data if event else None
    # A planned check that never ran has an event of another kind, without `passed`.
    return getattr(evaluation, "passed", True) is False and evaluation.severity == dg.AssetCheckSeverity.ERROR


def _runs_again(
    instance: dg.DagsterInstance, subject: str, last_seen: datetime, failed: set[str], known: set[str]
) -> bool:
    """Whether a run of the job has succeeded since, or every one of the assets was made since."""
    assets = {*subject.split(", ")}
    if assets <= known:
        return not assets & failed
    succeeded = dg.RunsFilter(job_name=subject, statuses=[dg.DagsterRunStatus.SUCCESS])
    latest = instance.get_run_records(succeeded, limit=1)
    return bool(latest and latest[0].end_time and latest[0].end_time > last_seen.timestamp())


def _approvals(settings: Settings) -> list[Trouble]:
    return [
        Trouble("approval_awaited", one, f"Decision {one} waits for a person: aieco policy approve {one}")
        for one in waiting_for_approval(settings)
    ]
