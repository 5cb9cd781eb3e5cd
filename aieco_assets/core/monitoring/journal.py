"""The inference log's way to Postgres: to disk before the answer leaves, to the database soon after, each row once."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import append, keep_head
from aieco_assets.core.governance.audit_events import READ, of_records
from aieco_assets.core.monitoring.masking import Masking
from aieco_assets.core.monitoring.records import store
from aieco_assets.core.monitoring.spool import Spool
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

logger = logging.getLogger(__name__)

BATCH_SECONDS = 0.5
RETRY_SECONDS = (1.0, 2.0, 5.0, 10.0)
_Waiting = tuple[dict[str, Any], "Future[None]"]


def spool_of(settings: Settings) -> Spool:
    return Spool(settings.home / "service" / "spool")


class Journal:
    """Takes records from any thread. Two threads of its own: one writes to disk, one ships to Postgres.

    While Postgres is away records stay in the spool, for as long as it takes; so they do when this process dies, and
    then the next journal or the asset monitoring/inference_log ships them.

    Personal data that form alone tells is masked before it is on disk, names and the like before it is in Postgres.
    Raises AiecoError for a pii.yaml that is not valid.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._masking = Masking.of(settings)
        self._spool = spool_of(settings)
        self._taken: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._written, self._ending = threading.Event(), threading.Event()
        self._written.set()  # what an earlier process has left
        self._threads = [
            threading.Thread(target=self._write, name="aieco-journal-disk", daemon=True),
            threading.Thread(target=self._ship_for_ever, name="aieco-journal-postgres", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def append(self, record: dict[str, Any]) -> Future[None]:
        """Done when the record is on disk; fails with OSError when it can't be written."""
        waiting: Future[None] = Future()
        self._taken.put((record, waiting))
        return waiting

    @property
    def waiting_bytes(self) -> int:
        """What is on disk and not in Postgres yet."""
        return self._spool.bytes

    def close(self) -> None:
        """Writes what was taken, and ships it if Postgres answers; else it stays in the spool."""
        self._taken.put(None)
        self._threads[0].join()
        self._ending.set()
        self._written.set()
        self._threads[1].join()

    def _write(self) -> None:
        """All that waits goes to disk at once: under load, many answers share one fsync."""
        while (first := self._taken.get()) is not None:
            batch, ended = [first], False
            while not ended and not self._taken.empty():
                following = self._taken.get()
                ended = following is None
                batch += [following] if following else []
            self._settle(batch)
            if ended:
                return

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        # A client that left cancels its waiting; its record counts all the same.
        waiting = [future for _, future in batch if future.set_running_or_notify_cancel()]
        try:
            self._spool.append([self._masking.by_form(record) for record, _ in batch])
        except Exception as error:
            for future in waiting:
                future.set_exception(error)
            return
        for future in waiting:
            future.set_result(None)
        self._written.set()

    def _ship_for_ever(self) -> None:
        failures = 0
        while True:
            self._written.wait()
            self._written.clear()
            pause = BATCH_SECONDS if not failures else RETRY_SECONDS[min(failures, len(RETRY_SECONDS)) - 1]
            last = self._ending.wait(pause)
            try:
                ship(self._settings, self._spool, self._masking)
                failures = 0
            except Exception as error:
                failures += 1
                self._written.set()
                if failures == 1:
                    logger.warning("the inference log waits on disk: %s", error)
            if last:
                return


def ship(settings: Settings, spool: Spool | None = None, masking: Masking | None = None) -> int:
    """Stores what the spool holds, and returns how many records that were; those stored before change nothing.

    Raises AiecoError when Postgres does not answer, or personal data can't be looked for; nothing has left the spool
    then.
    """
    from psycopg import Error

    spool = spool or spool_of(settings)
    if spool.is_empty():
        return 0
    masking = masking or Masking.of(settings)
    shipped = 0
    try:
        with connect(settings.warehouse) as connection:
            spool.seal()
            for records in spool.whole_files():
                asked = masking.whole([one for one in records if one.get("kind") != READ])
                if refused := store(connection, asked):
                    spool.set_aside(refused)
                head = append(connection, of_records(records))
                connection.commit()  # before the file goes
                keep_head(settings, head)
                shipped += len(records) - len(refused)
    except Error as error:
        raise AiecoError(f"The inference log can't be stored ({type(error).__name__}): look at Postgres.") from error
    return shipped
