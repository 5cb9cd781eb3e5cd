"""Readers of documents and finders of personal data that one test leaves are taken by the next: to start one takes
longer than what most tests ask of it.

They are the real ones. A file that is about such a process itself begins each anew: it has a fixture of this name.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from aieco_assets.core.governance import personal_data
from aieco_assets.core.knowledge import reader
from aieco_assets.core.knowledge.worker_process import WorkerProcess, worker_environment

_spare: dict[tuple, list[SpareWorker]] = defaultdict(list)


class SpareWorker(WorkerProcess):
    """Ends with the tests, unless it died or was killed."""

    def __init__(self, module: str, seconds: float) -> None:
        self._kind = module, seconds, *worker_environment().items()
        self._works = True
        super().__init__(module, seconds)

    def ask(self, *request: bytes) -> bytes:
        self._works = False
        reply = super().ask(*request)
        self._works = reply.endswith(b"\n")
        return reply

    def end(self) -> int:
        if not self._works:
            return super().end()
        _spare[self._kind].append(self)
        return 0


def _taken(module: str, seconds: float) -> SpareWorker:
    left = _spare[(module, seconds, *worker_environment().items())]
    return left.pop() if left else SpareWorker(module, seconds)


@pytest.fixture(autouse=True)
def spare_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (reader, personal_data):
        monkeypatch.setattr(module, "WorkerProcess", _taken)
