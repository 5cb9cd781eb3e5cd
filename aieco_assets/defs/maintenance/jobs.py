"""Every night what only grows is brought back to what is needed: `aieco maintain` as a job."""

import dagster as dg

from aieco_assets.core.settings import Settings
from aieco_assets.defs.knowledge.assets import POOL


@dg.op(pool=POOL, description="Compacts the vectors, removes what nothing needs any more. No asset: it makes nothing.")
def maintain_home(context: dg.OpExecutionContext, settings: dg.ResourceParam[Settings]) -> None:
    from aieco_assets.core.maintenance.maintain import maintain

    for freed in maintain(settings):
        context.log.info(f"{freed.items:,} {freed.what}, {freed.bytes:,} bytes")


@dg.job(description="LanceDB, lake, event log, MLflow, reports and logs: what nothing needs any more goes.")
def maintenance() -> None:
    maintain_home()


# Between the days of the night (2:00) and the months (4:00).
maintenance_every_night = dg.ScheduleDefinition(
    name="maintenance_every_night",
    job=maintenance,
    cron_schedule="30 3 * * *",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
