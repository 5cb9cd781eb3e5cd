"""Watches the document sources: a file that comes, changes or goes reaches the answers without anybody's help."""

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.lake.sources import document_sources

UNDER_WAY = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]

knowledge_base = dg.define_asset_job(
    "knowledge_base",
    selection=dg.AssetSelection.assets(["lake", "documents"]) | dg.AssetSelection.groups("knowledge"),
    description="New, changed and removed documents, from the lake to the published index.",
)


@dg.sensor(
    job=knowledge_base,
    minimum_interval_seconds=30,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a run when a source differs from the lake, the index is behind it, or a day has passed.",
)
def document_sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]):
    from aieco_assets.core.governance.access import note_rules
    from aieco_assets.core.knowledge.pending_changes import need_for_run

    note_rules(settings)  # a right that is taken away waits for no run
    need = need_for_run(settings, declared=document_sources())
    if not need.key:
        return dg.SkipReason(need.why)
    busy = dg.RunsFilter(job_name=knowledge_base.name, statuses=UNDER_WAY)
    if not need.urgent and context.instance.get_runs_count(busy):
        return dg.SkipReason("A run is under way.")
    return dg.RunRequest(run_key=need.key, tags={"aieco/reason": need.why})
