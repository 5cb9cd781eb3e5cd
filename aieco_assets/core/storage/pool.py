"""Connections that a server keeps for its next request: opening one costs more than most of what it is asked.

Not psycopg_pool: it opens connections in threads of its own, so that who asks is told after the whole time-out, and not
why, that Postgres is away (10 s beside a hundredth of one: `python -m benchmarks connections`), and who needs a second
connection while a request has one may wait for itself. Here whoever comes gets one; only what is idle is limited.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

MOST = 4  # idle ones of one url
_idle: dict[str, list[Kept]] = {}
_lock = threading.Lock()


class Kept(psycopg.Connection[tuple[Any, ...]]):
    """Closing it, as its `with` block does, lays it aside, unless its transaction is still open or it is broken."""

    kept_for = ""

    def close(self) -> None:
        if not self.closed and self.info.transaction_status == TransactionStatus.IDLE:
            with _lock:
                waiting = _idle.setdefault(self.kept_for, [])
                if len(waiting) < MOST:
                    waiting.append(self)
                    return
        super().close()


def open_kept(url: str, autocommit: bool, **options: Any) -> Kept:
    """One that was laid aside and still answers, or a new one."""
    while (found := _take(url)) is not None:
        with suppress(psycopg.Error):
            # What the last user had set.
            found.read_only = found.isolation_level = None
            found.autocommit = True
            found.execute("select 1")
            found.autocommit = autocommit
            return found
        psycopg.Connection.close(found)
    opened = Kept.connect(url, autocommit=autocommit, **options)
    opened.kept_for = url
    return opened


def close_kept() -> None:
    """Close all that are laid aside."""
    with _lock:
        found = [one for waiting in _idle.values() for one in waiting]
        _idle.clear()
    for one in found:
        psycopg.Connection.close(one)


def _take(url: str) -> Kept | None:
    with _lock:
        waiting = _idle.get(url)
        return waiting.pop() if waiting else None
