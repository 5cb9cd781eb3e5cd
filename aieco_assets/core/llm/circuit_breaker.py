"""Leaves a model server alone for a while that does not answer, so that nobody waits for it in vain.

Own, for the libraries don't fit: pybreaker 1.4 holds its lock while it calls, so that a server with sixteen slots would
be asked one question at a time, and after the pause circuitbreaker 2.1 lets everybody try at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aieco_assets.core.errors import ModelUnavailable

FAILURES = 3  # running, before the server is left alone


class CircuitBreaker:
    """Closed: all may call. Open, after `FAILURES` failures running: nobody, for `cooldown` seconds. Then one call is a
    trial: when it succeeds all may call again, when it fails the pause begins anew.

    Thread-safe; calls run beside each other. `cooldown` 0: never opens.
    """

    def __init__(self, cooldown: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._cooldown, self._clock = cooldown, clock
        self._lock = threading.Lock()
        self._failures, self._until, self._is_tried = 0, 0.0, False

    @property
    def is_open(self) -> bool:
        """Whether the server is left alone, or tried by one call."""
        return self._cooldown > 0 and self._failures >= FAILURES

    @contextmanager
    def call(self, server: str) -> Iterator[None]:
        """The block asks the server. Raises ModelUnavailable at once while it is left alone.

        A block that ends well closes it; one that raises ModelUnavailable with `is_away` is a failure; whatever else
        happens says nothing of the server: it answered with a refusal, or nobody waited any more.
        """
        is_trial = self._enter(server)
        try:
            yield
        except ModelUnavailable as error:
            if error.is_away:
                self._failed()
            raise
        else:
            with self._lock:
                self._failures = 0
        finally:
            if is_trial:
                self._is_tried = False

    def _enter(self, server: str) -> bool:
        """Whether the call is the trial."""
        with self._lock:
            if not self.is_open:
                return False
            left = self._until - self._clock()
            if left <= 0 and not self._is_tried:
                self._is_tried = True
                return True
        wait = f"for {left:.0f} more seconds" if left >= 1 else "until another question has tried it"
        raise ModelUnavailable(
            f"{server} is not asked {wait}, for it did not answer {FAILURES} times running: look at that server."
        )

    def _failed(self) -> None:
        with self._lock:
            self._failures += 1
            self._until = self._clock() + self._cooldown
