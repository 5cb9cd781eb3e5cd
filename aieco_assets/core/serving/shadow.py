"""A candidate answers questions that the champion has answered, while nobody waits; no user sees or feels it."""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from aieco_assets.core.contracts import SHADOW, Answer, Query
from aieco_assets.core.errors import Abandoned
from aieco_assets.core.monitoring.records import agree
from aieco_assets.core.serving.answering import asked
from aieco_assets.core.serving.follower import Follower

logger = logging.getLogger("aieco.service")

WAITING = 32  # questions kept for a quiet moment; the oldest makes room
ATTEMPTS = 3  # that may be broken off because somebody asked, before a question is given up
LOOK_SECONDS = 0.2  # between two looks whether it is quiet
AGREES, DIFFERS, FAILED, DROPPED = "agrees", "differs", "failed", "dropped"


@dataclass(frozen=True)
class Shadowed:
    """A question, who asked it, and the answer that was given."""

    query: Query
    who: str
    seen: Answer
    attempts: int = 0


class Shadow:
    """A thread of its own that asks the candidate whatever was sampled, as long as `idle()`.

    `alone(work, quiet)` runs a piece of work as long as `quiet()`: it is broken off with Abandoned when that is over.
    `keep` gets each answer of the candidate with what it shadows; `count` one of agrees, differs, failed, dropped.
    """

    def __init__(
        self,
        following: Callable[[], Follower | None],
        idle: Callable[[], bool],
        alone: Callable[[Callable[[], Answer], Callable[[], bool]], Answer],
        keep: Callable[[Shadowed, Answer], None],
        count: Callable[[str], None],
    ):
        self._following, self._idle, self._alone, self._keep, self._count = following, idle, alone, keep, count
        self._waiting: deque[Shadowed] = deque()
        self._offered, self._ending = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def offer(self, one: Shadowed, share: float) -> None:
        """Maybe keeps the question for later; returns at once."""
        following = self._following()
        if following is None or following.candidates.present is None or random.random() >= share:  # noqa: S311
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="aieco-shadow", daemon=True)
            self._thread.start()
        self._put(one)

    def close(self) -> None:
        """Drops what waits; what runs is broken off."""
        self._ending.set()
        self._offered.set()
        if self._thread is not None:
            self._thread.join()

    def _put(self, one: Shadowed) -> None:
        self._waiting.append(one)
        while len(self._waiting) > WAITING:
            self._waiting.popleft()
            self._count(DROPPED)
        self._offered.set()

    def _work(self) -> None:
        while not self._ending.is_set():
            self._offered.wait()
            self._offered.clear()
            while self._waiting and not self._ending.is_set():
                if self._quiet():
                    self._answer(self._waiting.popleft())
                else:
                    self._ending.wait(LOOK_SECONDS)

    def _quiet(self) -> bool:
        return self._idle() and not self._ending.is_set()

    def _answer(self, one: Shadowed) -> None:
        following = self._following()
        candidate = following.candidates.present if following else None
        if following is None or candidate is None:  # stopped, promoted or gone meanwhile
            self._count(DROPPED)
            return
        release = candidate.over(following.current())
        try:
            answer = self._alone(lambda: asked(release, SHADOW, one.query, following.access), self._quiet)
        except Abandoned:
            if one.attempts + 1 < ATTEMPTS:
                self._put(replace(one, attempts=one.attempts + 1))
            else:
                self._count(DROPPED)
            return
        except Exception:
            logger.exception("the candidate failed on a shadowed question")
            self._count(FAILED)
            return
        self._keep(one, answer)
        self._count(AGREES if agree(one.seen, answer) else DIFFERS)
