"""Events to a destination, through a process of its own that is ended when it hangs."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aieco_assets.core.lineage.destination import Destination
from aieco_assets.core.lineage.sender import SECONDS
from aieco_assets.core.stack.time_limit import killed_after

LIMIT_SECONDS = SECONDS + 5  # of one event, whatever the collector does with it
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Outcome:
    """`refused`: why it never will be taken; `failed`: why it was not taken now. Both empty: it was."""

    refused: str = ""
    failed: str = ""


class Delivery:
    """Use as a context manager. `take` hands over one event after the other; after a failure no more are taken."""

    def __init__(self, destination: Destination, key: str, limit: float = LIMIT_SECONDS) -> None:
        self._order = {"url": destination.url, "path": destination.path, "key": key}
        self._limit = limit
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Delivery:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()

    def take(self, event: dict[str, Any]) -> Outcome:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "aieco_assets.core.lineage.sender"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # a traceback may hold the key
                text=True,
            )
            self._exchange(self._process, json.dumps(self._order), _START_SECONDS)
        said = self._exchange(self._process, json.dumps(event, sort_keys=True), self._limit)
        if not said.endswith("\n"):
            return Outcome(failed=f"it did not answer within {self._limit:.0f} s")
        verdict = json.loads(said)
        return Outcome(**verdict) if verdict else Outcome()

    def _exchange(self, process: subprocess.Popen[str], line: str, seconds: float) -> str:
        """What the process answers to a line; not a whole line where it was ended."""
        assert process.stdin and process.stdout
        with killed_after(process, seconds), suppress(BrokenPipeError):
            process.stdin.write(line + "\n")
            process.stdin.flush()
            return process.stdout.readline()
        return ""
