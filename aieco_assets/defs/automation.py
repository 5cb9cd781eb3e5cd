"""What keeps the graph alive: schedules, and the watch over failed runs. (Sensors lie with their domain.)"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone

import dagster as dg
from dagster._core.storage.tags import WILL_RETRY_TAG

from aieco_assets.core.monitoring.incidents import report
from aieco_assets.core.retail.survey import pending_days
from aieco_assets.core.settings import Settings
from aieco_assets.defs.lake.sources import transaction_sources
from aieco_assets.defs.monitoring.alert_sensor import failed_run
from aieco_assets.defs.partitions import daily, month_key
from aieco_assets.defs.run_retries import ask_again
from aieco_assets.defs.run_workers import end_killed_starts

START_TAG, END_TAG = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"

# Scored at every month end; the sales forecast is made with each day.
OF_CUSTOMERS = ("customers", "churn", "segments", "next_items")
MONTHLY_MARTS = dg.AssetSelection.assets(["marts", "agg_item_pairs"])

retail_day = dg.define_asset_job(
    "retail_day",
    selection=dg.AssetSelection.assets(["lake", "transactions"]).downstream()
    & (dg.AssetSelection.groups("lake", "raw", "staging", "marts")) - MONTHLY_MARTS
    | dg.AssetSelection.assets(["predictions", "daily_sales"]),
    partitions_def=daily,
    description="New and corrected days, from the lake to the marts and the sales forecast.",
)

customers_month = dg.define_asset_job(
    "customers_month",
    # By group, so that declared features and models are among them (components/).
    selection=dg.AssetSelection.groups("features", "models")
    - dg.AssetSelection.assets(["features", "purchases"], ["models", "embedder"], ["models", "llm"])
    | dg.AssetSelection.assets(*(["predictions", name] for name in OF_CUSTOMERS))
    | dg.AssetSelection.assets(["docs", "warehouse"])
    | dg.AssetSelection.groups("analytics", "metrics")  # views: what is new shows without them being made again
    | MONTHLY_MARTS,
    description="Features, customer models and predictions as of a month's end; the views of analysts.",
)

service_day = dg.define_asset_job(
    "service_day",
    selection=dg.AssetSelection.assets(*(["monitoring", name] for name in ("inference_log", "drift", "signals"))),
    partitions_def=daily,
    description="What the service did on a day, how far customers have drifted, and what policies decide on.",
)


def runs_over(days: Iterable[date]) -> list[dict[str, str]]:
    """Tags of the runs that bring these days up to date, one run per stretch: between two lie more than 31 days."""
    stretches: list[list[date]] = []
    for day in sorted(days):
        if not stretches or day - stretches[-1][-1] > timedelta(days=31):
            stretches.append([])
        stretches[-1].append(day)
    return [{START_TAG: one[0].isoformat(), END_TAG: one[-1].isoformat()} for one in stretches]


@dg.schedule(job=retail_day, cron_schedule="0 2 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def every_night(context: dg.ScheduleEvaluationContext, settings: dg.ResourceParam[Settings]):
    """The days whose files came, changed or went since the last run; late and re-sent days included."""
    pending = pending_days(settings, transaction_sources())
    if not pending.days:
        return dg.SkipReason("No day is new, changed or gone.")
    return [dg.RunRequest(tags=tags) for tags in runs_over(pending.days)]


@dg.schedule(job=customers_month, cron_schedule="0 4 1 * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def every_month(context: dg.ScheduleEvaluationContext):
    """Features and predictions as of the month that just ended."""
    return dg.RunRequest(partition_key=month_key(context.scheduled_execution_time.date() - timedelta(days=1)))


@dg.schedule(job=service_day, cron_schedule="20 0 * * *", default_status=dg.DefaultScheduleStatus.RUNNING)
def every_midnight(context: dg.ScheduleEvaluationContext):
    """The service's log and the signals of the day that just ended (UTC)."""
    return dg.RunRequest(partition_key=str(context.scheduled_execution_time.date() - timedelta(days=1)))


@dg.sensor(
    minimum_interval_seconds=15,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Fails runs that were killed before they had started, and has killed runs taken up again.",
)
def killed_starts(context: dg.SensorEvaluationContext):
    ended, again = end_killed_starts(context.instance), ask_again(context.instance)
    said = [*(f"Failed {run}." for run in ended), *(f"Asked for {run} again." for run in again)]
    return dg.SkipReason(" ".join(said) or "No run was killed while it started.")


@dg.run_failure_sensor(default_status=dg.DefaultSensorStatus.RUNNING, minimum_interval_seconds=60)
def failed_runs(context: dg.RunFailureSensorContext, settings: dg.ResourceParam[Settings]) -> None:
    """Every failed run is a line in the daemon's log and an incident, unless Dagster is to try it again."""
    run, message = context.dagster_run, context.failure_event.message or "no reason given"
    context.log.error(f"Run {run.run_id} of {run.job_name} failed: {message}")
    if run.tags.get(WILL_RETRY_TAG) != "true":
        ended = context.instance.get_run_record_by_id(run.run_id)
        at = datetime.fromtimestamp(ended.end_time, timezone.utc) if ended and ended.end_time else None
        report(settings, failed_run(run, message), at)
