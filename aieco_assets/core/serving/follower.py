"""Keeps what answers in step with the registry: opens a new champion beside the old one, tries it, swaps them."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHAMPION
from aieco_assets.core.errors import AiecoError, Unavailable
from aieco_assets.core.governance.access import Access
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.registry.changes import last_moves
from aieco_assets.core.serving.admission import admitted
from aieco_assets.core.serving.challenger import Candidates
from aieco_assets.core.serving.registry_aliases import Moves, champion_versions, told
from aieco_assets.core.serving.release import FOLLOWED, Dress, NotYet, Release, let_go, same_parts
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import kept_connections

if TYPE_CHECKING:
    from aieco_assets.core.registry.versions import ModelVersion

logger = logging.getLogger("aieco.service")

LOOK_SECONDS = 2.0  # between two looks at the recorded moves
LIVE_SECONDS = 0.1  # between two looks at which knowledge base is live: each takes half a millisecond
REGISTRY_SECONDS = 30.0  # between two looks at MLflow itself, where other hands may have moved an alias


@dataclass(frozen=True)
class Refusal:
    """A version that the registry names and that is not served."""

    model: str
    version: int
    reason: str
    at: datetime


class Follower:
    """Owns the releases of a service: `served`, and `previous`, which stays open so that a rollback takes no time.

    Thread-safe. Whoever took a release keeps it until its answer is done; one that nobody holds any more is freed.
    `access`: which documents readers may read now. `dress` is given each LLM that is loaded, `prepare` is called before
    MLflow is needed.
    """

    def __init__(
        self,
        settings: Settings,
        first: Answerer,
        dress: Dress = lambda llm: llm,
        prepare: Callable[[], None] = lambda: None,
    ):
        self._settings, self._dress, self._prepare = settings, dress, prepare
        self.served = Release({}, first)
        self.previous: Release | None = None
        self.candidates = Candidates(settings)
        self.access = Access(settings)
        self.champion: dict[str, ModelVersion] = {}
        self.refused: dict[str, Refusal] = {}
        self.waiting: dict[str, str] = {}
        self.swaps = 0
        self._lock = threading.Lock()  # of the fields above
        self._looking = threading.Lock()
        self._moves: Moves = {}
        self._asked = self._lived = float("-inf")
        self._silent = False  # it was said that the registry is away
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._look_for_ever, name="aieco-follower", daemon=True)

    def start(self) -> None:
        """The first look, after which the champions answer if they can be had; then one every few seconds."""
        self._look_or_say()
        with self._lock:
            gone, self.previous, self.swaps = self.previous, None, 0  # what the settings name was no champion
        if gone:
            let_go(gone, [self.served])
        self._thread.start()

    def close(self) -> None:
        """Stops looking, once a look that has begun is over."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def current(self) -> Release:
        """What answers now, over the knowledge base that is live now, or was a tenth of a second ago."""
        served = self.served
        if time.monotonic() - self._lived < LIVE_SECONDS:
            return served
        live = served.live()
        self._lived = time.monotonic()
        if live is not served:
            with self._lock:
                if self.served is served:  # else it was swapped meanwhile, and what was asked of it is done by it
                    self.served = live
        return live

    def look(self) -> None:
        """Takes up whatever has moved and can be served. Raises AiecoError when the registry can't be asked."""
        with self._looking, kept_connections():
            self.candidates.write()
            moves = last_moves(self._settings, FOLLOWED)
            if moves == self._moves and not self.waiting and time.monotonic() - self._asked < REGISTRY_SECONDS:
                return
            self._prepare()
            champion = champion_versions(self._settings)
            self.refused = {
                name: one
                for name, one in self.refused.items()
                if moves.get((name, CHAMPION)) == self._moves.get((name, CHAMPION))
            }
            self.champion = champion
            self._follow(champion)
            self.candidates.follow(moves, self.served, self._opened)
            self._moves, self._asked = moves, time.monotonic()

    def shown(self) -> dict[str, Any]:
        """What `/version` says of it: `previous` by model, what waits, what is refused and why, number of swaps."""
        previous = self.previous
        return {
            "previous": {name: str(number) for name, number in previous.numbers.items()} if previous else {},
            "waiting": dict(self.waiting),
            "refused": [asdict(one) | {"version": str(one.version)} for one in list(self.refused.values())],
            "swaps": self.swaps,
            **self.candidates.shown(),
        }

    def _follow(self, champion: Mapping[str, ModelVersion]) -> None:
        """What is new is taken together; where that fails, one by one, so that a bad version holds up no other."""
        self.waiting = {}
        new = {
            name: version
            for name, version in champion.items()
            if self.served.numbers.get(name) != version.version
            and not (name in self.refused and self.refused[name].version == version.version)
        }
        if not new:
            return
        failed = self._take(new)
        if failed and len(new) > 1:
            logger.warning("%s are tried one by one, for together they failed: %s", ", ".join(new), failed)
        for name, version in new.items() if failed else ():
            if one := self._take({name: version}) if len(new) > 1 else failed:
                self._leave(version, one)

    def _take(self, new: Mapping[str, ModelVersion]) -> AiecoError | None:
        """Serves the new versions in place of their predecessors; else says why not, and nothing has changed."""
        try:
            release = self._opened(new)
        except Unavailable:
            raise
        except AiecoError as error:
            return error
        served = self.served
        if same_parts(release, served):  # the settings had named the same
            with self._lock:
                self.served = release
            return None
        self._swap(release)
        before = {name: served.numbers.get(name, 0) for name in new}
        logger.warning(
            "%s answers now, in place of %s", told({name: release.numbers[name] for name in new}), told(before)
        )
        return None

    def _known(self) -> list[Release]:
        """The releases that are open, that which answers first."""
        candidate = self.candidates.present
        return [one for one in (self.served, self.previous, candidate and candidate.release) if one]

    def _opened(self, new: Mapping[str, ModelVersion]) -> Release:
        return admitted(self._settings, new, [self.current(), *self._known()], self._dress)

    def _swap(self, release: Release) -> None:
        with self._lock:
            gone, before = self.previous, self.served
            self.served, self.previous, self.swaps = release, before.bare(), self.swaps + 1
        del before
        if gone:
            let_go(gone, self._known())
            del gone
            gc.collect()  # a failed answer keeps its frames in a circle with its error, and the models in them

    def _leave(self, version: ModelVersion, reason: AiecoError) -> None:
        if isinstance(reason, NotYet):
            self.waiting[version.name] = str(reason)
            return
        self.refused[version.name] = Refusal(version.name, version.version, str(reason), datetime.now(timezone.utc))
        logger.error("%s version %d is refused, and what is served stays: %s", version.name, version.version, reason)

    def _look_for_ever(self) -> None:
        while not self._ending.wait(LOOK_SECONDS):
            self._look_or_say()

    def _look_or_say(self) -> None:
        try:
            self.look()
            self._silent = False
        except Exception as error:
            if not self._silent:
                # A registry that is away explains itself in a sentence; anything else is ours to mend.
                trace = None if isinstance(error, AiecoError) else error
                logger.warning(
                    "the registry can't be followed now, and what is served stays: %s", error, exc_info=trace
                )
            self._silent = True
