"""Reads documents in a worker process with limits on time and memory, so that no file can harm the platform."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from aieco_assets.core.contracts import Page
from aieco_assets.core.knowledge.parsed import ParsedDocument, UnreadableDocument

_ROOT = Path(__file__).parents[3]  # the folder that holds aieco_assets
# The worker's own limit is on processor time; this one catches a worker that waits for ever.
WALL_SECONDS = 300.0


class DocumentReader:
    """One worker for many documents; a worker that dies is replaced. Use as a context manager, from one thread.

    `requests` counts the documents that were given to a worker.
    """

    def __init__(self, wall_seconds: float = WALL_SECONDS) -> None:
        self.requests = 0
        self._wall_seconds = wall_seconds
        self._worker: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> DocumentReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read(self, data: bytes, media_type: str) -> ParsedDocument:
        """The parsed document. Raises UnreadableDocument with the reason."""
        self.requests += 1
        worker = self._worker or self._start()
        deadline = threading.Timer(self._wall_seconds, worker.kill)
        deadline.start()
        try:
            line = _exchange(worker, data, media_type)
        finally:
            deadline.cancel()
        if not line.endswith(b"\n"):
            self._worker = None
            raise UnreadableDocument(_reason_of_death(worker))
        reply = json.loads(line)
        if "unreadable" in reply:
            raise UnreadableDocument(reply["unreadable"])
        return ParsedDocument.from_json(reply)

    def close(self) -> None:
        if self._worker is not None:
            _end(self._worker)
            self._worker = None

    def _start(self) -> subprocess.Popen[bytes]:
        self._worker = subprocess.Popen(
            [sys.executable, "-m", "aieco_assets.core.knowledge.reader_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env=worker_environment(),
        )
        return self._worker


def worker_environment() -> dict[str, str]:
    """No secret of ours is in reach of whatever a document makes a parser do."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "VIRTUAL_ENV") if name in os.environ}
    return {**kept, "PYTHONPATH": str(_ROOT), "PYTHONIOENCODING": "utf-8", "PYTHONDONTWRITEBYTECODE": "1"}


def read_document(data: bytes, media_type: str, path: str) -> list[Page]:
    """Pages of one document, read in a worker of its own. Raises UnreadableDocument."""
    with DocumentReader() as reader:
        document = reader.read(data, media_type)
    sha256 = hashlib.sha256(data).hexdigest()
    return [Page(sha256, path, page.number, page.text, document.title) for page in document.pages]


def _exchange(worker: subprocess.Popen[bytes], data: bytes, media_type: str) -> bytes:
    """The reply line; cut short or empty when the worker died."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    try:
        worker.stdin.write(json.dumps({"media_type": media_type, "bytes": len(data)}).encode() + b"\n")
        worker.stdin.write(data)
        worker.stdin.flush()
    except BrokenPipeError:
        return b""
    return worker.stdout.readline()


def _reason_of_death(worker: subprocess.Popen[bytes]) -> str:
    _end(worker)
    code = worker.returncode
    if code == -signal.SIGXCPU:
        return "reading it takes more than 60 s of processor time"
    if code == -signal.SIGKILL:
        return "reading it took too long or too much memory, and its reader was killed"
    return f"its reader crashed ({signal.Signals(-code).name if code < 0 else f'exit code {code}'})"


def _end(worker: subprocess.Popen[bytes]) -> None:
    """Close the pipes, which ends an idle worker, and make sure of it."""
    assert worker.stdin is not None
    assert worker.stdout is not None
    with suppress(BrokenPipeError):  # it died with our bytes unread
        worker.stdin.close()
    worker.stdout.close()
    try:
        worker.wait(timeout=5)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
