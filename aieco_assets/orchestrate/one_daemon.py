"""One Dagster daemon acts on a storage; a second one stands by until the first has ended, or was killed.

Dagster only warns of a second daemon: both would ask for, launch and try again the same runs.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster._core.scheduler import DagsterDaemonScheduler

from aieco_assets.core.errors import Unavailable
from aieco_assets.core.storage.advisory_locks import try_to_hold

if TYPE_CHECKING:
    import psycopg

_DAEMON_LOCK = 65
_LOOK_SECONDS = 2
URL = "AIECO_DAGSTER_POSTGRES_URL"
_log = logging.getLogger("dagster.daemon")


class OneDaemonScheduler(DagsterDaemonScheduler):
    """Dagster's scheduler, which every process makes with its instance: a daemon waits here for its turn."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        if is_daemon(sys.orig_argv) and URL in os.environ:
            DaemonLock.of_this_process(os.environ[URL])


def is_daemon(command: Sequence[str]) -> bool:
    """Whether a command line is that of a daemon (not of a code server or a run that it started, nor of what asks
    whether a daemon lives)."""
    first = command[:4]
    return "run" in first and any(Path(word).name == "dagster-daemon" or word == "dagster._daemon" for word in first)


class DaemonLock:
    """An advisory lock of Postgres, held until the process ends: a killed one lets go of it with its connection."""

    _ours: DaemonLock | None = None

    def __init__(self, url: str) -> None:
        self._url = url.replace("postgresql+psycopg2://", "postgresql://", 1)
        self._connection = self._wait()

    @classmethod
    def of_this_process(cls, url: str) -> None:
        """Returns once this process is the one daemon; it ends when it can't remain it."""
        if cls._ours is None:
            cls._ours = cls(url)
            threading.Thread(target=cls._ours._watch, name="one-daemon", daemon=True).start()

    def _wait(self) -> psycopg.Connection[Any]:
        told = False
        while (connection := self._try()) is None:
            if not told:
                _log.warning("Another daemon is at work on this Postgres: this one waits until it has ended.")
                told = True
            time.sleep(_LOOK_SECONDS)
        return connection

    def _try(self) -> psycopg.Connection[Any] | None:
        return try_to_hold(self._url, _DAEMON_LOCK)

    def _watch(self) -> None:
        """A Postgres that was restarted has forgotten the lock: it is taken again, before a second daemon does."""
        import psycopg

        while True:
            time.sleep(_LOOK_SECONDS)
            try:
                self._connection.execute("select 1")
            except psycopg.Error:
                try:
                    again = self._try()
                except (Unavailable, psycopg.Error):
                    continue
                if again is None:
                    _log.error("Another daemon took over while Postgres was away: this one ends.")
                    os._exit(1)
                self._connection = again
