"""Reads documents in a worker process with limits on time and memory, so that no file can harm the platform."""

from __future__ import annotations

import json
import signal
from types import TracebackType

from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument
from aieco_assets.core.knowledge.worker_process import WorkerProcess

# The worker's own limit is on processor time; this one catches a worker that waits for ever.
WALL_SECONDS = 300.0


class DocumentReader:
    """One worker for many documents; a worker that dies is replaced. Use as a context manager, from one thread.

    `requests` counts the documents that were given to a worker.
    """

    def __init__(self, wall_seconds: float = WALL_SECONDS) -> None:
        self.requests = 0
        self._wall_seconds = wall_seconds
        self._worker: WorkerProcess | None = None

    def __enter__(self) -> DocumentReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read(self, data: bytes, media_type: str) -> ParsedDocument:
        """The parsed document. Raises UnreadableDocument with the reason."""
        self.requests += 1
        if self._worker is None:
            self._worker = WorkerProcess("aieco_assets.core.knowledge.reader_worker", self._wall_seconds)
        head = json.dumps({"media_type": media_type, "bytes": len(data)}).encode() + b"\n"
        line = self._worker.ask(head, data)
        if not line.endswith(b"\n"):
            raise UnreadableDocument(_reason_of_death(self.close()))
        reply = json.loads(line)
        if "unreadable" in reply:
            raise UnreadableDocument(reply["unreadable"])
        return ParsedDocument.from_json(reply)

    def close(self) -> int:
        """The exit code of the worker, if there was one."""
        worker, self._worker = self._worker, None
        return worker.end() if worker else 0


def _reason_of_death(code: int) -> str:
    if code == -signal.SIGXCPU:
        return "reading it takes more than 60 s of processor time"
    if code == -signal.SIGKILL:
        return "reading it took too long or too much memory, and its reader was killed"
    return f"its reader crashed ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})"
