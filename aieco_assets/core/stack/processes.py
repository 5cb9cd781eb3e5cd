"""Processes of the local stack: starting, watching and stopping them without orphans."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import psutil

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.stack.services import ROOT, Service

STOP_SECONDS = 15
# In the environment of a service and all that it starts: BentoML's workers have sessions of their own, and outlive it.
PART_OF = "_AIECO_PART_OF"
# A service that ends so often in so many seconds is not started again: nobody would notice that it is broken.
RESTARTS, WITHIN_SECONDS = 5, 600


class Stack:
    """Running services, and the record on disk by which a later command can find them after a kill -9."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._ends: dict[str, list[float]] = defaultdict(list)

    def start(self, services: list[Service]) -> None:
        """Those that wait for no other; `wait_ready` starts the rest."""
        (self.home / "logs").mkdir(parents=True, exist_ok=True)
        for service in services:
            if not service.after:
                self._launch(service)

    def _launch(self, service: Service) -> None:
        again = bool(self._ends[service.name])
        with open(self.home / "logs" / f"{service.name}.log", "ab" if again else "wb") as log:
            self.running[service.name] = subprocess.Popen(
                service.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **service.environment, PART_OF: _part(self.home, service.name)},
                start_new_session=True,  # its own session: stopped as a whole, and never by the terminal's Ctrl-C
            )
        self._record(ready=again)

    def wait_ready(self, services: list[Service], seconds: float, tell: Callable[[Service], None]) -> None:
        waiting = {service.name: service for service in services}
        deadline = time.monotonic() + seconds
        while waiting:
            for service in list(waiting.values()):
                self.check_alive()
                if service.name not in self.running:
                    if service.after not in waiting:
                        self._launch(service)
                elif not service.health or _answers(service.health):
                    tell(waiting.pop(service.name))
            if waiting and time.monotonic() > deadline:
                names = ", ".join(waiting)
                raise AiecoError(f"Not ready after {seconds:.0f} s: {names}. Read the logs in {self.home / 'logs'}.")
            time.sleep(0.2)

    def tell_ready(self) -> None:
        """Other commands may use what runs from now on."""
        self._record(ready=True)

    def check_alive(self) -> None:
        """Raises AiecoError that names the first service that has ended, and its log."""
        for name, process in self.running.items():
            if process.poll() is not None:
                log = self.home / "logs" / f"{name}.log"
                raise AiecoError(f"{name} ended with exit code {process.returncode}: read {log}.")

    def start_again(self, services: list[Service]) -> list[str]:
        """Starts what has ended, the first time at once, then after 2, 4, 8 … s; returns a sentence for each.

        Raises AiecoError for the one that ended more than RESTARTS times in WITHIN_SECONDS.
        """
        said = []
        for service in services:
            if (process := self.running[service.name]).poll() is None:
                continue
            now, ends = time.monotonic(), self._ends[service.name]
            ends[:] = [end for end in ends if end > now - WITHIN_SECONDS]
            if len(ends) >= RESTARTS:
                self.check_alive()
            if ends and now < ends[-1] + 2 ** len(ends):
                continue
            if not service.runs_go_on:
                # What it left holds its port.
                stop_processes([process.pid], {_part(self.home, service.name)})
            ends.append(now)
            self._launch(service)
            said.append(f"{service.name} ended with exit code {process.returncode} and was started again.")
        return said

    def stop(self) -> None:
        """End every service and all that it started: politely first, then by force."""
        parts = {_part(self.home, name) for name in self.running}
        stop_processes([process.pid for process in self.running.values()], parts)
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        self.running.clear()
        _record_file(self.home).unlink(missing_ok=True)

    def _record(self, ready: bool) -> None:
        record = {
            "owner": _identity(os.getpid()),
            "processes": {name: _identity(process.pid) for name, process in self.running.items()},
            "ready": ready,
        }
        file = _record_file(self.home)
        temporary = file.with_suffix(".new")
        temporary.write_text(json.dumps(record))
        temporary.replace(file)


def read_record(home: Path) -> dict | None:
    """The stack as recorded on disk, None when there is none."""
    try:
        return json.loads(_record_file(home).read_text())
    except (FileNotFoundError, NotADirectoryError, json.JSONDecodeError):
        return None


def owner_alive(record: dict) -> bool:
    return _is(record["owner"])


def clean_up_after_crash(home: Path) -> list[str]:
    """Stop services whose `aieco up` was killed; returns their names. Does nothing while their owner lives."""
    record = read_record(home)
    if record is None or owner_alive(record):
        return []
    orphans = {name: identity for name, identity in record["processes"].items() if _is(identity)}
    parts = {_part(home, name) for name in record["processes"]}
    stop_processes([identity["pid"] for identity in orphans.values()], parts)
    _record_file(home).unlink(missing_ok=True)
    return list(orphans)


def stop_processes(leaders: list[int], parts: set[str]) -> None:
    """Terminate all processes of the sessions that these lead, and all that belong to these parts of a stack; kill what
    remains after STOP_SECONDS."""
    sessions = set(leaders)
    for process in _members(sessions, parts):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    # Asked anew each time: a service may start more while it ends. A zombie is gone, whoever is to reap it.
    while (remaining := _members(sessions, parts)) and time.monotonic() < deadline + STOP_SECONDS:
        if time.monotonic() > deadline:
            for process in remaining:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
        time.sleep(0.1)


def _members(leaders: set[int], parts: set[str]) -> list[psutil.Process]:
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            belongs = os.getsid(process.pid) in leaders or process.environ().get(PART_OF) in parts
            if belongs and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
    return members


def _identity(pid: int) -> dict[str, float]:
    return {"pid": pid, "created": psutil.Process(pid).create_time()}


def _is(identity: dict) -> bool:
    try:
        process = psutil.Process(int(identity["pid"]))
        return abs(process.create_time() - identity["created"]) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _record_file(home: Path) -> Path:
    return home / "stack.json"


def _answers(url: str) -> bool:
    try:
        if url.startswith("tcp:"):
            host, _, port = url.removeprefix("tcp:").rpartition(":")
            socket.create_connection((host, int(port)), timeout=2).close()
            return True
        if not url.startswith("http"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(url)
            return True
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own http url
            return response.status == 200
    except OSError:
        return False


def _part(home: Path, name: str) -> str:
    return f"{name} of {home}"
