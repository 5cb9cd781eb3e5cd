"""How many requests a minute each API key may make."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable


class Quota:
    """One bucket per key that fills evenly and holds a minute's worth. `per_minute` 0: any number."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic):
        self._per_minute, self._clock = per_minute, clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # by key: what was left, and when that was

    def take(self, name: str) -> int:
        """0 when the key has one left, which is taken; else whole seconds until it has."""
        if not self._per_minute:
            return 0
        a_second = self._per_minute / 60
        with self._lock:
            now = self._clock()
            left, at = self._buckets.get(name, (float(self._per_minute), now))
            left = min(float(self._per_minute), left + (now - at) * a_second)
            if left < 1:
                self._buckets[name] = (left, now)
                return max(1, math.ceil((1 - left) / a_second))
            self._buckets[name] = (left - 1, now)
            return 0
