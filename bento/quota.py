"""How much each API key may use of what is limited: requests a minute, tokens of the language model a day."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable

MINUTE, DAY = 60.0, 86_400.0


class Quota:
    """One bucket per key that fills evenly and holds what it may use in `seconds`. `most` 0: any number.

    Kept in memory: a service that starts anew begins with full ones, and is told by `restore` what was used of them.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic, seconds: float = MINUTE):
        self._most, self._clock, self._a_second = most, clock, most / seconds
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # by key: what was left, and when that was

    def take(self, name: str) -> int:
        """0 when the key has one left, which is taken; else whole seconds until it has."""
        with self._lock:
            wait = self._wait(name)
            if not wait:
                self._spend(name, 1, self._clock())
            return wait

    def wait(self, name: str) -> int:
        """0 when the key has one left; else whole seconds until it has."""
        with self._lock:
            return self._wait(name)

    def spend(self, name: str, amount: int) -> None:
        """Takes what was used, which is known afterwards only: more than was left makes the key wait the longer."""
        with self._lock:
            self._spend(name, amount, self._clock())

    def restore(self, spent: Iterable[tuple[str, float, int]]) -> None:
        """What was used before this process: (key, seconds ago, amount), oldest first; before anything else is."""
        with self._lock:
            now = self._clock()
            for name, ago, amount in spent:
                self._spend(name, amount, now - ago)

    def _wait(self, name: str) -> int:
        if not self._most or (left := self._left(name, self._clock())) >= 1:
            return 0
        return max(1, math.ceil((1 - left) / self._a_second))

    def _spend(self, name: str, amount: int, at: float) -> None:
        if self._most:
            self._buckets[name] = (self._left(name, at) - amount, at)

    def _left(self, name: str, now: float) -> float:
        left, at = self._buckets.get(name, (float(self._most), now))
        return min(float(self._most), left + (now - at) * self._a_second)
