"""Whether the process of a run is still there: run monitoring asks the launcher, and Dagster's default one can't say.

A code server notices at once when a run's process dies, and fails the run. Nobody notices when both die (a daemon that
is killed with all it started), or when an `aieco run` is killed while the stack is up: such runs stayed STARTED.
"""

from __future__ import annotations

from typing import Any

import dagster as dg
import psutil
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, WorkerStatus

from aieco_assets.orchestrate.run_process import is_alive_here


class LocalRunLauncher(DefaultRunLauncher):
    """Runs as processes of code servers on this machine, whose end is noticed at the next poll of the monitoring."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """A run of which nothing says where it runs counts as running: max_runtime_seconds ends it."""
        alive = is_alive_here(run.tags)
        if alive is None:
            alive = self._worker_is_alive(run)
        if alive:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its process was killed")

    def _worker_is_alive(self, run: dg.DagsterRun) -> bool:
        started = self._instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT).records
        for record in started:
            event = record.event_log_entry.dagster_event
            pid: Any = event.engine_event_data.metadata.get("pid") if event else None
            if pid is not None and pid.value is not None:
                return _was_there(int(pid.value), record.event_log_entry.timestamp)
        return True


def _was_there(pid: int, moment: float) -> bool:
    """Whether the process of this number is one that had begun by then: numbers are given again."""
    try:
        process = psutil.Process(pid)
        return process.create_time() <= moment + 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
