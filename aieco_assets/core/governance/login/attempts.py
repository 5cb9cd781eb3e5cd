"""How often somebody may try to log in: by name and address, by address, and by name from everywhere."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

# Failures within so many seconds. By name alone it is wide: nobody shall lock a colleague out with a few guesses.
WITHIN_SECONDS = 300.0
OF_NAME_AND_ADDRESS, OF_ADDRESS, OF_NAME = 5, 50, 100
_MOST_KEYS = 50_000
_Key = tuple[str, str, str]


class Attempts:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failed: dict[_Key, deque[float]] = {}

    def wait(self, name: str, address: str) -> int:
        """Seconds until the next try; 0 for now."""
        now = self._clock()
        return max(self._wait(key, most, now) for key, most in _keys(name, address))

    def failed(self, name: str, address: str) -> None:
        now = self._clock()
        if len(self._failed) > _MOST_KEYS:
            self._failed = {key: times for key, times in self._failed.items() if times[-1] > now - WITHIN_SECONDS}
        for key, most in _keys(name, address):
            self._failed.setdefault(key, deque(maxlen=most)).append(now)

    def succeeded(self, name: str, address: str) -> None:
        """The try that was counted last was none that failed."""
        for key, _ in _keys(name, address):
            if times := self._failed.get(key):
                times.pop()
            if not times or key[0] == "both":
                self._failed.pop(key, None)

    def _wait(self, key: _Key, most: int, now: float) -> int:
        times = self._failed.get(key)
        if not times or len(times) < most or (left := times[0] + WITHIN_SECONDS - now) <= 0:
            return 0
        return int(left) + 1


def _keys(name: str, address: str) -> tuple[tuple[_Key, int], ...]:
    """Each with what it counts in front: a name, or an address, may be empty."""
    name = name[:64]
    return (
        (("both", name, address), OF_NAME_AND_ADDRESS),
        (("address", "", address), OF_ADDRESS),
        (("name", name, ""), OF_NAME),
    )
