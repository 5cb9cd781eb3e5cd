"""Lines that are safe on disk before anyone is told so, and that other processes take up when the writer has died.

One file per stretch of writing. Its writer holds a lock on it, which the kernel drops with the process: a file
without a lock is whole, and whoever locks it first may ship it.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

logger = logging.getLogger(__name__)

SUFFIX = ".jsonl"
DAMAGED = "damaged.txt"


class Spool:
    """Records as JSON lines in the files of one folder. Thread-safe; several processes may share the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._active: IO[bytes] | None = None

    def append(self, records: Sequence[dict[str, Any]]) -> None:
        """Returns when the lines are on disk. Raises OSError when they can't be: then none of them counts."""
        lines = b"".join(json.dumps(record, separators=(",", ":")).encode() + b"\n" for record in records)
        with self._lock:
            if self._active is None:
                self._active = self._open()
            end = self._active.tell()
            try:
                self._active.write(lines)
                os.fsync(self._active.fileno())
            except OSError:
                self._active.truncate(end)  # half a line would damage the next one
                self._active.seek(end)
                raise

    def seal(self) -> None:
        """Lets go of the file that is written to: it can be shipped, and the next line begins another."""
        with self._lock:
            if self._active is not None:
                self._active.close()
                self._active = None

    def is_empty(self) -> bool:
        return not any(self.folder.glob(f"*{SUFFIX}"))

    @property
    def bytes(self) -> int:
        """Bytes on disk that were not shipped yet."""
        total = 0
        for path in self.folder.glob(f"*{SUFFIX}"):
            with suppress(FileNotFoundError):
                total += path.stat().st_size
        return total

    @property
    def oldest(self) -> datetime | None:
        """Since when lines have waited; None when none does."""
        names = sorted(path.name for path in self.folder.glob(f"*{SUFFIX}"))
        return datetime.fromtimestamp(int(names[0].partition("-")[0]) / 1e9, timezone.utc) if names else None

    def whole_files(self) -> Iterator[list[dict[str, Any]]]:
        """The records of each file that nobody writes to, oldest first; a file is gone once its turn went well."""
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            with _locked(path) as file:
                if file is None:
                    continue
                yield self._records(file.read())
                path.unlink(missing_ok=True)

    def set_aside(self, lines: Sequence[bytes]) -> None:
        """Keeps what can't be stored where a person finds it."""
        logger.error("%d lines of the inference log can't be stored: see %s", len(lines), self.folder / DAMAGED)
        with open(self.folder / DAMAGED, "ab") as file:
            file.writelines(line.rstrip(b"\n") + b"\n" for line in lines)

    def _records(self, content: bytes) -> list[dict[str, Any]]:
        *lines, torn = content.split(b"\n")
        if torn:
            # Its writer was killed before it had told anyone that the line is safe.
            logger.warning("the last line of a spool file was cut short by the end of its writer")
        records, damaged = [], []
        for line in lines:
            try:
                records.append(json.loads(line))
            except ValueError:
                damaged.append(line)
        if damaged:
            self.set_aside(damaged)
        return records

    def _open(self) -> IO[bytes]:
        """A new file, locked before it has the name under which others look for it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns():020d}-{os.getpid()}{SUFFIX}"
        hidden = self.folder / f".{name}"
        file = open(hidden, "xb", buffering=0)  # noqa: SIM115 - stays open until it is sealed
        os.chmod(hidden, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX)
        os.rename(hidden, self.folder / name)
        _sync_folder(self.folder)
        return file


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes] | None]:
    """The file, None when somebody writes to it, ships it, or has shipped it."""
    try:
        file = open(path, "rb")  # noqa: SIM115 - closed below
    except FileNotFoundError:
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
