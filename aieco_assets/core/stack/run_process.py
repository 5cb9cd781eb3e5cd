"""Tags by which another process can tell whether the process of an `aieco run` is still there."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import psutil

PID_TAG, STARTED_TAG, HOST_TAG = "aieco/pid", "aieco/pid_started", "aieco/host"


def run_tags() -> dict[str, str]:
    """Of a run that this process executes itself."""
    me = psutil.Process()
    return {PID_TAG: str(me.pid), STARTED_TAG: str(me.create_time()), HOST_TAG: socket.gethostname()}


def is_alive_here(tags: Mapping[str, str]) -> bool | None:
    """Whether the process that a run's tags name is there; None where they name none.

    One of another machine, which shares our Postgres, counts as being there: that machine will know.
    """
    if PID_TAG not in tags:
        return None
    if tags.get(HOST_TAG, socket.gethostname()) != socket.gethostname():
        return True
    return is_process(int(tags[PID_TAG]), float(tags[STARTED_TAG]))


def is_process(pid: int, started: float) -> bool:
    """Whether the process of this number is the one that started then, and at work: numbers are given again."""
    try:
        process = psutil.Process(pid)
        return abs(process.create_time() - started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
