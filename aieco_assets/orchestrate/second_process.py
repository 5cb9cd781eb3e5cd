"""The second process of a run (`second_process_main`), as the first one sees it: begun, given phases, stopped."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from aieco_assets.orchestrate.outcomes import AssetOutcome, Failure, Listener
from aieco_assets.orchestrate.phase_board import PhaseBoard

COMMAND = [sys.executable, "-m", "aieco_assets.orchestrate.second_process_main"]
STOP_SECONDS = 20
GO = "go"


class SecondProcess:
    """Loads from when the block begins; takes phases from a board from `work` on, until the block ends, which stops it.

    Begun before the plan is known it has its imports behind it when there is work; it opens nothing until then.
    `log`: where to what libraries and dbt print goes.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self.thread: threading.Thread | None = None

    def __enter__(self) -> SecondProcess:
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

    def work(self, board: PhaseBoard, listen: Listener) -> None:
        """Begin to take phases, as a thread of this process hands them over."""
        self.thread = threading.Thread(target=self._work, args=(board, listen), name="side lane", daemon=True)
        self.thread.start()

    def _work(self, board: PhaseBoard, listen: Listener) -> None:
        assert self.process.stdout
        if not (self._say(GO) and self.process.stdout.readline()):  # it never came up: the first does everything
            return
        while (index := board.take()) is not None:
            if not self._say(json.dumps(board.phases[index].to_json())):
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
