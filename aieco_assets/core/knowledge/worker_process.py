"""A module of ours in a process of its own, which is asked on its standard input and replies with a line each."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

_ROOT = Path(__file__).parents[3]  # the folder that holds aieco_assets


class WorkerProcess:
    """`seconds`: for a request, whatever the worker does; then it is killed."""

    def __init__(self, module: str, seconds: float) -> None:
        self._seconds = seconds
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=worker_environment(),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asked, self._told, self.pid = self._process.stdin, self._process.stdout, self._process.pid

    def ask(self, *request: bytes) -> bytes:
        """The reply's line; without an end when the worker died of the request, or was killed."""
        deadline = threading.Timer(self._seconds, self._process.kill)
        deadline.start()
        try:
            for part in request:
                self._asked.write(part)
            self._asked.flush()
            return self._told.readline()
        except BrokenPipeError:
            return b""
        finally:
            deadline.cancel()

    def end(self) -> int:
        """Close the pipes, which ends an idle worker, and make sure of it; returns the exit code."""
        with suppress(BrokenPipeError):  # it died with our bytes unread
            self._asked.close()
        self._told.close()
        try:
            return self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def worker_environment() -> dict[str, str]:
    """No secret of ours is in reach of whatever a document makes a parser do."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV") if name in os.environ}
    return {**kept, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}
