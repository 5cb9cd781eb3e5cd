"""Watches the transaction sources: a day that comes, is corrected or goes reaches the marts without anybody's help."""

from datetime import datetime, timezone

import dagster as dg

from aieco_assets.core.retail.survey import pending_days
from aieco_assets.core.settings import Settings
from aieco_assets.defs.automation import START_TAG, retail_day, runs_over
from aieco_assets.defs.lake.document_sensor import UNDER_WAY
from aieco_assets.defs.lake.sources import transaction_sources


@dg.sensor(
    job=retail_day,
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Asks for a run over the days whose files came, changed or went; once an hour for the same state.",
)
def transactions_sensor(context: dg.SensorEvaluationContext, settings: dg.ResourceParam[Settings]):
    pending = pending_days(settings, transaction_sources())
    if pending.unloadable:
        first = pending.unloadable[0]
        return dg.SkipReason(f"No row of the source can be loaded: {first.path}: {first.quarantined}")
    if not pending.days:
        waiting = f" {len(pending.waiting)} files are still being written." if pending.waiting else ""
        return dg.SkipReason(f"No day is new, changed or gone.{waiting}")
    if context.instance.get_runs_count(dg.RunsFilter(job_name=retail_day.name, statuses=UNDER_WAY)):
        return dg.SkipReason("A run is under way.")
    # A run that failed by bad luck is asked for again; one that fails for a reason does not fill the queue.
    state = f"{pending.digest}@{datetime.now(timezone.utc):%Y-%m-%dT%H}"
    return [dg.RunRequest(run_key=f"{state}/{tags[START_TAG]}", tags=tags) for tags in runs_over(pending.days)]
