"""What the second process of a run does: it loads the same definitions and works through the phases that come to it.

Lines of JSON over its standard input and output: GO and then phases in; asset outcomes and each phase's end out.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from typing import IO, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.garbage_collection import collect_rarely
from aieco_assets.core.settings import get_settings
from aieco_assets.core.stack.dbt import prepare_manifest
from aieco_assets.orchestrate.phases import Phase
from aieco_assets.orchestrate.second_process import GO, STOP_SECONDS

_stopping = threading.Event()


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
            phase = Phase.from_json(json.loads(line))
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
    collect_rarely()
    signal.signal(signal.SIGTERM, _stop)
    # What libraries and dbt print belongs into the log that standard error is.
    own_output = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    with suppress(KeyboardInterrupt):
        serve(sys.stdin, own_output)
