"""The second process of a run: it loads the same definitions and works through phases that this one hands to it.

Lines of JSON over its standard input and output: a phase in; asset outcomes and the phase's end out.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, Any

import dagster as dg

from aieco_assets.orchestrate.board import Board
from aieco_assets.orchestrate.phases import Phase
from aieco_assets.orchestrate.progress import AssetOutcome, Failure, Listener

COMMAND = [sys.executable, "-m", "aieco_assets.orchestrate.side"]
STOP_SECONDS = 20
_stopping = threading.Event()


class SideProcess:
    """Takes phases from the board, from when it is loaded until the block ends, which stops it."""

    def __init__(self, board: Board, listen: Listener) -> None:
        self.board, self.listen = board, listen

    def __enter__(self) -> SideProcess:
        self.process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.thread = threading.Thread(target=self._work, name="side lane", daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.thread.join()
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close() if pipe else None

    def _work(self) -> None:
        assert self.process.stdout
        if not self.process.stdout.readline():  # it never came up: the first process does everything
            return
        while (index := self.board.take()) is not None:
            if not self._ask(self.board.phases[index]):
                self.board.give_back(index)
                return
            self.board.finish(index, self._follow())

    def _ask(self, phase: Phase) -> bool:
        assert self.process.stdin
        try:
            self.process.stdin.write(json.dumps(to_json(phase)) + "\n")
            self.process.stdin.flush()
        except OSError:
            return False
        return True

    def _follow(self) -> Failure | None:
        assert self.process.stdout
        for line in self.process.stdout:
            message = json.loads(line)
            if "asset" not in message:
                return tuple(message["failure"]) if message["failure"] else None
            self.listen(message["event"], AssetOutcome(**message["asset"]))
        return "run", "its second process ended before its time: `aieco run` takes up what is missing."


def to_json(phase: Phase) -> dict[str, Any]:
    return {"keys": [list(key.path) for key in phase.keys], "partition_range": phase.partition_range}


def from_json(message: dict[str, Any]) -> Phase:
    asked = message["partition_range"]
    return Phase(frozenset(dg.AssetKey(path) for path in message["keys"]), tuple(asked) if asked else None)


def serve(requests: IO[str], replies: IO[str]) -> None:
    """Execute one phase after the other as they come, until `requests` ends."""
    from aieco_assets.core.settings import get_settings
    from aieco_assets.orchestrate.execute import execute_phase
    from aieco_assets.orchestrate.instance import open_workplace

    def send(message: dict[str, Any]) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    with open_workplace(get_settings()) as workplace:
        send({"ready": True})
        for line in _lines(requests):
            phase = from_json(json.loads(line))
            failure = execute_phase(
                workplace, phase, lambda event, asset: send({"event": event, "asset": asdict(asset)})
            )
            if _stopping.is_set():
                return
            send({"failure": failure})


def _lines(requests: IO[str]) -> Iterator[str]:
    """The lines of `requests`, read ahead by a thread: when they end, whoever asked is gone, and this process ends."""
    lines: queue.Queue[str] = queue.Queue()

    def read() -> None:
        for line in requests:
            lines.put(line)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_SECONDS)
        os._exit(1)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield lines.get()


def _stop(number: int, frame: object) -> None:
    """As Ctrl-C, by which Dagster ends a run and what it started; Dagster keeps the interrupt to itself, so note it."""
    _stopping.set()
    raise KeyboardInterrupt


if __name__ == "__main__":
    atexit.register(gc.freeze)  # as in cli.py
    signal.signal(signal.SIGTERM, _stop)
    # What libraries and dbt print belongs into the log that standard error is.
    own_output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with contextlib.suppress(KeyboardInterrupt):
        serve(sys.stdin, own_output)
