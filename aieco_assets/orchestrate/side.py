"""The second process of a run: it loads the same definitions and works through phases that this one hands to it.

Lines of JSON over its standard input and output: GO and then phases in; asset outcomes and each phase's end out.
"""

from __future__ import annotations

import atexit
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
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import dagster as dg

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import get_settings
from aieco_assets.core.stack.dbt import prepare_manifest
from aieco_assets.orchestrate.board import Board
from aieco_assets.orchestrate.outcomes import AssetOutcome, Failure, Listener
from aieco_assets.orchestrate.phases import Phase

COMMAND = [sys.executable, "-m", "aieco_assets.orchestrate.side"]
STOP_SECONDS = 20
GO = "go"
_stopping = threading.Event()


class SideProcess:
    """Loads from when the block begins; takes phases from a board from `work` on, until the block ends, which stops it.

    Begun before the plan is known it has its imports behind it when there is work; it opens nothing until then.
    `log`: where to what libraries and dbt print goes.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self.thread: threading.Thread | None = None

    def __enter__(self) -> SideProcess:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        pipe = subprocess.PIPE
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(COMMAND, stdin=pipe, stdout=pipe, stderr=log, text=True)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.thread:
            self.thread.join()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe.close() if pipe else None

    def work(self, board: Board, listen: Listener) -> None:
        """Begin to take phases, as a thread of this process hands them over."""
        self.thread = threading.Thread(target=self._work, args=(board, listen), name="side lane", daemon=True)
        self.thread.start()

    def _work(self, board: Board, listen: Listener) -> None:
        assert self.process.stdout
        if not (self._say(GO) and self.process.stdout.readline()):  # it never came up: the first does everything
            return
        while (index := board.take()) is not None:
            if not self._say(json.dumps(to_json(board.phases[index]))):
                board.give_back(index)
                return
            board.finish(index, self._follow(listen))

    def _say(self, line: str) -> bool:
        assert self.process.stdin
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except OSError:
            return False
        return True

    def _follow(self, listen: Listener) -> Failure | None:
        assert self.process.stdout
        for line in self.process.stdout:
            message = json.loads(line)
            if "asset" not in message:
                return tuple(message["failure"]) if message["failure"] else None
            listen(message["event"], AssetOutcome(**message["asset"]))
        return "run", "its second process ended before its time: `aieco run` takes up what is missing."


def to_json(phase: Phase) -> dict[str, Any]:
    return {"keys": [list(key.path) for key in phase.keys], "partition_range": phase.partition_range}


def from_json(message: dict[str, Any]) -> Phase:
    asked = message["partition_range"]
    return Phase(frozenset(dg.AssetKey(path) for path in message["keys"]), tuple(asked) if asked else None)


def serve(requests: IO[str], replies: IO[str]) -> None:
    """Import; at GO open the platform; then execute one phase after the other as they come, until `requests` ends.

    A parse that runs is waited for before the imports: the first process needs it sooner than it needs this one.
    """
    from aieco_assets.orchestrate.execute import execute_phase
    from aieco_assets.orchestrate.instance import load_integrations, open_workplace

    def send(message: dict[str, Any]) -> None:
        replies.write(json.dumps(message) + "\n")
        replies.flush()

    lines = _lines(requests)
    with suppress(AiecoError):  # the first process says it
        prepare_manifest(get_settings())
    load_integrations()
    if next(lines).strip() != GO:
        return
    with open_workplace(get_settings()) as workplace:
        send({"ready": True})
        for line in lines:
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
    with suppress(KeyboardInterrupt):
        serve(sys.stdin, own_output)
