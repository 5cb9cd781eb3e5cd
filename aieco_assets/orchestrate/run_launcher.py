"""Whether the process of a run is still there: run monitoring asks the launcher, and Dagster's default one can't say.

A code server notices at once when a run's process dies, and fails the run. Nobody notices when both die (a daemon that
is killed with all it started), or when an `aieco run` is killed while the stack is up: such runs stayed STARTED.
Monitoring asks of no run that is STARTING: a sensor does (defs/run_workers.py). It asks of the others, too, where the
code server, and so the runs, are on another host than the daemon.
"""

from __future__ import annotations

import dagster as dg
from dagster._core.events import EngineEventData
from dagster._core.launcher import CheckRunHealthResult, DefaultRunLauncher, LaunchRunContext, WorkerStatus

from aieco_assets.core.stack.run_process import run_tags
from aieco_assets.defs.run_workers import is_of_another_host, worker_is_alive

_LAUNCHED = "Asked a code server to start the run."


class LocalRunLauncher(DefaultRunLauncher):
    """Runs as processes of code servers on this machine, whose end is noticed at the next poll of the monitoring."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Also says who waits for the run to start. An event, for a retry would inherit a tag."""
        us = {name: dg.MetadataValue.text(value) for name, value in run_tags().items()}
        self._instance.report_engine_event(_LAUNCHED, context.dagster_run, EngineEventData(us))
        super().launch_run(context)

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """A run of which nothing says where it runs counts as running: max_runtime_seconds ends it. So does one on
        the host of a code server elsewhere: that host's sensor ends it."""
        if is_of_another_host(run) or worker_is_alive(self._instance, run) is not False:
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.FAILED, "its process was killed")
