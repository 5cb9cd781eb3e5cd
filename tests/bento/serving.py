"""Starts `bentoml serve` for real and stops it again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres_host import free_port
from tests.bento.conftest import environment

ROOT = Path(__file__).parents[2]
READY_SECONDS = 240  # generous: it only ends a test that would hang


@dataclass
class Running:
    """A served service: its address, its processes while it ran, and how long it took to be ready."""

    url: str
    log: Path
    family: list[psutil.Process]
    ready_seconds: float

    @property
    def resident_bytes(self) -> int:
        return sum(process.memory_info().rss for process in self.family if process.is_running())


@contextmanager
def serving(settings: Settings, log: Path, what: str = "bento.service:AiecoService", **more: str) -> Iterator[Running]:
    """The service in a session of its own until the block ends; then SIGTERM, and no process may be left."""
    port = free_port()
    began = time.monotonic()
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "bentoml", "serve", what],
            cwd=ROOT,
            env=environment(settings, AIECO_SERVICE_PORT=str(port), AIECO_LLM_PORT=str(port), **more),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
    family = [psutil.Process(process.pid)]
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, process, log)
        ready = time.monotonic() - began
        family += family[0].children(recursive=True)
        yield Running(url, log, family, ready)
    finally:
        process.terminate()
        process.wait(timeout=60)
        _, alive = psutil.wait_procs(family, timeout=20)
        for orphan in alive:
            orphan.kill()
    assert not alive, f"left behind: {alive}"


def _wait_until_ready(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    last = "no connection"
    client = httpx.Client(verify=False, timeout=30)  # a client per question would read all certificates each time
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the service ended with {process.returncode}:\n{log.read_text()[-2_000:]}")
        try:
            response = client.get(f"{url}/readyz")
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if response.status_code == 200:
            return
        last = response.text
    raise AssertionError(f"not ready ({last}):\n{log.read_text()[-2_000:]}")
