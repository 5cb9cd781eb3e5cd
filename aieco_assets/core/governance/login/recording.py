"""Logins, refusals and acts on their way into the audit log: in groups, from a thread, so that nobody waits."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Mapping
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.audit import record
from aieco_assets.core.governance.audit_chain import Entry
from aieco_assets.core.settings import Settings

logger = logging.getLogger("aieco.login")

_MOST_WAITING, _GROUP = 10_000, 500
# The same again is written once in so many seconds: pages ask every second, programs all the time.
_AGAIN_SECONDS = {"denied": 60.0, "token_used": 3600.0}
_RETRY_SECONDS = 2.0
UNKNOWN = "unknown"  # whoever was not let in: what was typed as a name may be a password


class Recorder:
    """Appends to governance.audit; what Postgres does not take now is tried again, until `close` has waited enough."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._queue: queue.Queue[Entry | None] = queue.Queue(_MOST_WAITING)
        self._last: dict[tuple[str, str, str, str], float] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="audit", daemon=True)
        self._thread.start()

    def note(self, actor: str, action: str, subject: str, detail: Mapping[str, Any] | None = None) -> None:
        again = _AGAIN_SECONDS.get(action)
        if again and self._was_just_said((actor, action, subject, str(detail)), again):
            return
        try:
            self._queue.put_nowait(Entry(actor, action, subject, detail or {}, f"login:{uuid.uuid4().hex}"))
        except queue.Full:
            logger.error("the audit log takes nothing: %s of %s on %s is lost", action, actor, subject)

    def close(self, seconds: float = 10.0) -> None:
        """Waits until everything is written, so long at most."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(seconds)

    def _was_just_said(self, what: tuple[str, str, str, str], again: float) -> bool:
        now = time.monotonic()
        if len(self._last) > _MOST_WAITING:
            longest = max(_AGAIN_SECONDS.values())
            self._last = {key: said for key, said in self._last.items() if now - said < longest}
        before = self._last.get(what)
        if before is not None and now - before < again:
            return True
        self._last[what] = now
        return False

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            group, ended = [first], False
            while len(group) < _GROUP and not ended:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    ended = True
                else:
                    group.append(following)
            self._write(group)
            if ended:
                return

    def _write(self, group: list[Entry]) -> None:
        from psycopg import Error

        while True:
            try:
                return record(self._settings, *group)
            except (AiecoError, Error) as error:
                logger.warning("the audit log could not be written, and is tried again: %s", error)
                if self._closing.wait(_RETRY_SECONDS):
                    logger.error("%s entries of the audit log are lost", len(group))
                    return
