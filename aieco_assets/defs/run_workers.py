"""Whether the processes that execute runs are there, and what becomes of runs that were killed as they started."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import dagster as dg
import psutil
from dagster._core.launcher import DefaultRunLauncher, WorkerStatus
from dagster._core.storage.tags import GRPC_INFO_TAG

from aieco_assets.core.stack.run_process import is_alive_here

# Between its launch and the event that names its process, a run loads the graph: seconds, on a busy machine more.
START_SECONDS = 30


def worker_is_alive(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool | None:
    """Whether the process that executes a run is there; None where nothing says which that is."""
    alive = is_alive_here(run.tags)
    if alive is not None:
        return alive
    for moment, said in _engine_events(instance, run):
        if "pid" in said:
            return _was_there(int(said["pid"]), moment)
    return None


def is_of_another_host(run: dg.DagsterRun) -> bool:
    """Whether the code server that started a run, and so its process, is elsewhere than webserver and daemon, by the
    address they know it by: the process's number then says something on that host alone."""
    host = json.loads(run.tags.get(GRPC_INFO_TAG, "{}")).get("host", "localhost")
    return host not in ("localhost", "127.0.0.1", "::1")


def end_killed_starts(instance: dg.DagsterInstance) -> list[str]:
    """Fails the runs that are STARTING and will never start; returns their ids.

    Those are runs whose process was killed before it took up work, and those that have no process after START_SECONDS
    while whoever was to launch them was killed. One that starts after all finds its run ended, and leaves it.
    Where the daemon is on another host than the runs, also those that are STARTED: sensors run where the runs do.
    Where runs are no processes of code servers, their launcher says which have failed: here of those that are STARTING.
    """
    ended = []
    of_processes = isinstance(instance.run_launcher, DefaultRunLauncher)
    started = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])
    for record in instance.get_run_records(started) if of_processes else ():
        run = record.dagster_run
        if is_of_another_host(run) and worker_is_alive(instance, run) is False and _is_started(instance, run):
            instance.report_run_failed(run, "Its process was killed.")
            ended.append(run.run_id)
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTING])):
        run = record.dagster_run
        reason = _why_it_will_not_start(instance, run)
        if reason and _status(instance, run) == dg.DagsterRunStatus.STARTING:
            instance.report_run_failed(run, reason)
            ended.append(run.run_id)
    return ended


def _why_it_will_not_start(instance: dg.DagsterInstance, run: dg.DagsterRun) -> str:
    launcher = instance.run_launcher
    if isinstance(launcher, DefaultRunLauncher):
        return "" if _will_start(instance, run) else "It was killed, or its daemon was, before it had started."
    if not launcher.supports_check_run_worker_health:
        return ""
    health = launcher.check_run_worker_health(run)
    return f"Before it had started: {health.msg}." if health.status == WorkerStatus.FAILED else ""


def _will_start(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    alive = worker_is_alive(instance, run)
    if alive is not None:
        return alive
    launched = instance.get_run_stats(run.run_id).launch_time
    if launched is None or time.time() - launched < START_SECONDS:
        return True
    return any(is_alive_here(said) for _, said in _engine_events(instance, run))


def _engine_events(instance: dg.DagsterInstance, run: dg.DagsterRun) -> Iterator[tuple[float, dict[str, str]]]:
    """When, and what is said as metadata, of what the launcher and the code server told of a run; oldest first."""
    for record in instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT).records:
        event = record.event_log_entry.dagster_event
        said = event.engine_event_data.metadata if event else {}
        yield record.event_log_entry.timestamp, {name: str(one.value) for name, one in said.items() if one.value}


def _status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus | None:
    now = instance.get_run_by_id(run.run_id)
    return now.status if now else None


def _is_started(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    return _status(instance, run) == dg.DagsterRunStatus.STARTED


def _was_there(pid: int, moment: float) -> bool:
    """Whether the process of this number is one that had begun by then: numbers are given again."""
    try:
        process = psutil.Process(pid)
        return process.create_time() <= moment + 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
