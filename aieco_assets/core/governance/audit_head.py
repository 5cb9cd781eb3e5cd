"""How far the audit log had come when this home last wrote to it: a chain alone does not show that its end was cut."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aieco_assets.core.errors import AiecoError, Unavailable
from aieco_assets.core.governance.audit_chain import Head
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

logger = logging.getLogger(__name__)


def keep_head(settings: Settings, head: Head | None) -> None:
    """Remembers in the home how far the log had come; after the commit. What can't be written is logged.

    A head that the log does not hold any more stays: its end was cut off or written anew, and the rows that came since
    would hide that.
    """
    if head is None:
        return
    try:
        with _held(head_file(settings)) as path:
            known = _read(path)
            if known is not None and (known.sequence >= head.sequence or not _is_stored(settings, known)):
                return
            _write(path, head)
    except OSError as error:
        logger.warning("the head of the audit log was not kept in %s: %s", head_file(settings), error)


def kept_head(settings: Settings) -> Head | None:
    """How far the log had come when this home last wrote to it; None when it never did. Raises AiecoError for a file
    that was altered."""
    return _read(head_file(settings))


def head_file(settings: Settings) -> Path:
    return settings.home / "governance" / "audit-head.json"


@contextmanager
def _held(path: Path) -> Iterator[Path]:
    """The file, which nobody else writes meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_suffix(".lock"), "a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield path


def _is_stored(settings: Settings, head: Head) -> bool:
    """Whether the log still holds it; what can't be asked now is for the next writer to keep."""
    from psycopg import Error

    query = "select hash = %s from governance.audit where sequence = %s"
    try:
        with connect(settings.warehouse) as connection:
            stored = connection.execute(query, (head.hash, head.sequence)).fetchone() == (True,)
    except (Unavailable, Error):
        return False
    if not stored:
        logger.error("row %d of the audit log is not the one that was written: see `aieco audit verify`", head.sequence)
    return stored


def _read(path: Path) -> Head | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Head(int(found["sequence"]), str(found["hash"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise AiecoError(f"{path} is not what was written there: put it back from a copy of this home.") from None


def _write(path: Path, head: Head) -> None:
    new = path.with_suffix(".new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump({"sequence": head.sequence, "hash": head.hash}, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)
