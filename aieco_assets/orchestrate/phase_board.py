"""Which phases are done, running, ready or out of reach; shared by the lanes that work through them."""

from __future__ import annotations

from threading import Condition

from aieco_assets.orchestrate.outcomes import Failure
from aieco_assets.orchestrate.phases import Phase, behind


class PhaseBoard:
    """Hands out each phase once, when all that it waits for has succeeded. Safe to use from several threads."""

    def __init__(self, phases: list[Phase]) -> None:
        self.phases = phases
        self.succeeded: set[int] = set()
        self.failure: Failure | None = None  # the first
        self._behind = behind(phases)
        self._waiting = set(range(len(phases)))
        self._running: set[int] = set()
        self._changed = Condition()

    def take(self) -> int | None:
        """The ready phase with the most behind it, running from now on; waits for one. None: nothing more can be done.

        While a phase runs elsewhere it may still come back (`give_back`), so None is not said before it has ended.
        """
        with self._changed:
            while True:
                ready = [one for one in sorted(self._waiting) if self.phases[one].after <= self.succeeded]
                if ready:
                    taken = max(ready, key=lambda one: self._behind[one])
                    self._waiting.discard(taken)
                    self._running.add(taken)
                    return taken
                if not self._running:
                    return None
                self._changed.wait()

    def finish(self, index: int, failure: Failure | None) -> None:
        with self._changed:
            self._running.discard(index)
            if failure is None:
                self.succeeded.add(index)
            else:
                self.failure = self.failure or failure
            self._changed.notify_all()

    def give_back(self, index: int) -> None:
        """The phase was not begun after all: another lane may take it."""
        with self._changed:
            self._running.discard(index)
            self._waiting.add(index)
            self._changed.notify_all()
