"""How much the service takes on: sizes, deadlines and the bounded queues in front of the models."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from aieco_assets.core.rag.answer import MAX_QUESTION

T = TypeVar("T")

BODY_BYTES = 64 * 1024
BODY_SECONDS = 15.0
QUESTION_CHARACTERS = MAX_QUESTION
CUSTOMER_IDS = 100
SEARCH_HITS = 20
ANSWER_SECONDS = 60.0
LOOKUP_SECONDS = 30.0


class Busy(Exception):
    """There is more work than the service can take now; answered with 503 and Retry-After."""

    def __init__(self, sentence: str, reason: str, retry_after: int):
        super().__init__(sentence)
        self.reason = reason
        self.retry_after = retry_after


class WorkQueue:
    """Blocking work on a few threads of its own, at most `waiting` calls behind them; the next one is refused at once.

    A slot is held until its work has really ended: a call that ran out of time still counts, so a model never gets
    more work than it can do. One thread also means one owner: llama.cpp objects are not thread-safe.
    """

    def __init__(self, name: str, threads: int, waiting: int):
        self.name = name
        self._threads = threads
        self._size = threads + waiting
        self._held = 0
        self._seconds = 1.0  # moving average of one call, for Retry-After
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=f"aieco-{name}")

    @property
    def in_flight(self) -> int:
        """Calls that run or wait, those whose client has gone included."""
        return self._held

    @property
    def retry_after(self) -> int:
        """Whole seconds until the work that is held now should be done."""
        return max(1, math.ceil(self._seconds * self._held / self._threads))

    async def run(self, work: Callable[[], T], seconds: float) -> T:
        """The result of `work()`. Raises Busy when the queue is full or `seconds` have passed.

        Cancelling the call (the client left) takes it out of the queue if it has not begun.
        """
        with self._lock:
            if self._held >= self._size:
                raise Busy(f"Too many {self.name} are waiting: try again in a moment.", "queue_full", self.retry_after)
            self._held += 1
        future = self._pool.submit(self._timed, work)
        future.add_done_callback(self._release)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), seconds)
        except asyncio.TimeoutError:
            raise Busy(
                f"No answer within {seconds:.0f} seconds: try again later.", "deadline", self.retry_after
            ) from None

    def close(self) -> None:
        """Drop what waits, and wait for what runs."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _timed(self, work: Callable[[], T]) -> T:
        began = time.monotonic()
        try:
            return work()
        finally:
            self._seconds = 0.8 * self._seconds + 0.2 * (time.monotonic() - began)

    def _release(self, _: Future[T]) -> None:
        with self._lock:
            self._held -= 1
