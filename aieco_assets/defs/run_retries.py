"""Runs that Dagster is to take up again: it says so a moment after it has failed them, tries once, and gives up for
good when their code server is away just then, as it is when everything was killed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import dagster as dg
from dagster._core.events import RunFailureReason
from dagster._core.storage.tags import AUTO_RETRY_RUN_ID_TAG, RUN_FAILURE_REASON_TAG, WILL_RETRY_TAG

_GIVEN_UP = "Failed to retry run"  # the daemon's words
_MOST = 5  # times that one is asked for again
_LATELY = timedelta(days=1)  # later nobody waits for it


def may_be_taken_up(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a finished run is retried, is asked for again, or nobody has said yet."""
    if run.status != dg.DagsterRunStatus.FAILURE or not instance.run_retries_enabled:
        return False
    if run.tags.get(WILL_RETRY_TAG, "true") == "true":
        return True
    record = instance.get_run_record_by_id(run.run_id)
    is_late = (
        record is None or record.update_timestamp.replace(tzinfo=timezone.utc) < datetime.now(timezone.utc) - _LATELY
    )
    return not is_late and _was_given_up(instance, run)


def ask_again(instance: dg.DagsterInstance) -> list[str]:
    """Has the daemon try those that it gave up; returns their ids.

    It looks at a run once for each event that says the run has failed. Sensors run where the daemon reaches the code
    server, so that this time it is there.
    """
    given_up = dg.RunsFilter(
        statuses=[dg.DagsterRunStatus.FAILURE],
        tags={WILL_RETRY_TAG: "false"},
        updated_after=datetime.now(timezone.utc) - _LATELY,
    )
    runs = [run for run in instance.get_runs(given_up) if _was_given_up(instance, run)]
    for run in runs:
        instance.report_run_failed(run, "The code server was away when it was to be taken up: it is tried again.")
    return [run.run_id for run in runs]


def _was_given_up(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Whether a retry was tried and could not be made; a step's own failure is not retried at all."""
    # Most failures are a step's: their events are not read.
    if AUTO_RETRY_RUN_ID_TAG in run.tags or run.tags.get(RUN_FAILURE_REASON_TAG) == RunFailureReason.STEP_FAILURE.value:
        return False
    records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT).records
    tried = sum(record.event_log_entry.message.startswith(_GIVEN_UP) for record in records)
    return 0 < tried <= _MOST
