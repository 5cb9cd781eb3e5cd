"""How much the service takes on: deadlines and the bounded queues in front of the models."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aieco_assets.core.llm.budget import waited_for

T = TypeVar("T")

ANSWER_SECONDS = 60.0
MOST_THREADS = 256  # of a queue; they are made as they are needed
LOOKUP_SECONDS = 30.0


class Busy(Exception):
    """There is more work than the service can take now; answered with 503 and Retry-After."""

    def __init__(self, sentence: str, reason: str, retry_after: int):
        super().__init__(sentence)
        self.reason = reason
        self.retry_after = retry_after


class Spent(Busy):
    """The key has used what it may use for now; answered with 429 and Retry-After."""


@dataclass(eq=False)
class _Call:
    work: Callable[[], Any]
    who: str
    until: float  # monotonic; then nobody waits any more
    result: Future[Any] = field(default_factory=Future)
    held: bool = True
    # Set when nobody waits for the result any more: the client left, or its time is up.
    given_up: threading.Event = field(default_factory=threading.Event)


_here = threading.local()


def given_up() -> bool:
    """Whether nobody waits any more for the work that this thread does: long work looks, and stops."""
    asked: Callable[[], bool] | None = getattr(_here, "given_up", None)
    return asked is not None and asked()


def while_quiet(work: Callable[[], T], quiet: Callable[[], bool]) -> T:
    """The result of `work()`, which is told to stop (`given_up`) as soon as it is not quiet any more."""
    _here.given_up = lambda: not quiet()
    try:
        return work()
    finally:
        _here.given_up = None


class WorkQueue:
    """Blocking work on threads of its own, at most `waiting` calls behind each; the next one is refused at once.

    `threads`: so many, or as many as it says now, for the model behind may become another.

    Callers take turns, however much each of them has waiting; when the queue is full, one with little in it takes the
    last place of the one with the most. A slot is held until its work has really ended: a call that ran out of time
    still counts, so a model never gets more work than it can do.
    """

    def __init__(self, name: str, threads: int | Callable[[], int], waiting: int):
        self.name = name
        self._threads = threads if callable(threads) else lambda: threads
        self._behind = waiting
        self._held = self._running = 0
        self._seconds = 1.0  # moving average of one call, for Retry-After
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[_Call]] = {}  # by caller, in the order of their next turns
        self._pool = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix=f"aieco-{name}")

    @property
    def threads(self) -> int:
        """Calls that run at once."""
        return min(MOST_THREADS, max(1, self._threads()))

    @property
    def in_flight(self) -> int:
        """Calls that run or wait, those whose client has gone included."""
        return self._held

    @property
    def retry_after(self) -> int:
        """Whole seconds until the work that is held now should be done."""
        return max(1, math.ceil(self._seconds * self._held / self.threads))

    async def run(self, work: Callable[[], T], seconds: float, who: str = "") -> T:
        """The result of `work()`. Raises Busy when the queue is full or `seconds` have passed.

        Cancelling the call (the client left) takes it out of the queue; work that has begun is told (`given_up`).
        """
        call = _Call(work, who, time.monotonic() + seconds)
        self._admit(call)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(call.result), seconds)
        except asyncio.TimeoutError:
            raise Busy(
                f"No answer within {seconds:.0f} seconds: try again later.", "deadline", self.retry_after
            ) from None
        finally:
            call.given_up.set()

    def close(self) -> None:
        """Drop what waits, and wait for what runs."""
        with self._lock:
            dropped = [call for calls in self._waiting.values() for call in calls]
        for call in dropped:
            call.result.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _admit(self, call: _Call) -> None:
        evicted = None
        with self._lock:
            if self._held >= self.threads * (1 + self._behind):
                evicted = self._last_of_the_greediest(call.who)
                if evicted is None:
                    raise self._full()
            self._held += 1
            self._waiting.setdefault(call.who, deque()).append(call)
        call.result.add_done_callback(lambda _: self._release(call))
        if evicted is not None and evicted.result.set_running_or_notify_cancel():
            evicted.result.set_exception(self._full())
        self._start()

    def _full(self) -> Busy:
        return Busy(f"Too many {self.name} are waiting: try again in a moment.", "queue_full", self.retry_after)

    def _last_of_the_greediest(self, who: str) -> _Call | None:
        """The call that makes room for one of `who`; None when nobody has two more than `who` waiting."""
        greediest = max(self._waiting, key=lambda name: len(self._waiting[name]), default=who)
        if len(self._waiting.get(greediest, ())) < len(self._waiting.get(who, ())) + 2:
            return None
        return self._waiting[greediest].pop()

    def _start(self) -> None:
        """Gives a thread to each call that may run now, one caller after the other."""
        with self._lock:
            while self._waiting and self._running < self.threads:
                who = next(iter(self._waiting))
                calls = self._waiting.pop(who)
                if calls:
                    self._pool.submit(self._serve, calls.popleft())
                    self._running += 1
                if calls:
                    self._waiting[who] = calls  # behind the others

    def _serve(self, call: _Call) -> None:
        try:
            if call.result.set_running_or_notify_cancel():
                self._work(call)
        finally:
            with self._lock:
                self._running -= 1
            self._start()

    def _work(self, call: _Call) -> None:
        began = time.monotonic()
        _here.given_up = call.given_up.is_set
        try:
            with waited_for(call.until):
                result = call.work()
        except BaseException as error:
            self._note(call, began)
            call.result.set_exception(error if not isinstance(error, CancelledError) else RuntimeError("cancelled"))
        else:
            self._note(call, began)
            call.result.set_result(result)
        finally:
            _here.given_up = None

    def _note(self, call: _Call, began: float) -> None:
        """Before whoever waits has the result: asking the next, it must not find its own place taken."""
        self._release(call)
        self._seconds = 0.8 * self._seconds + 0.2 * (time.monotonic() - began)

    def _release(self, call: _Call) -> None:
        with self._lock:
            self._held -= call.held
            call.held = False
            calls = self._waiting.get(call.who)
            if calls and call in calls:  # it left before its turn
                calls.remove(call)
