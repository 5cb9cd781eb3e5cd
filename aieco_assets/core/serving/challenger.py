"""The challenger beside the champion: opened in the same way, given a share of the questions, stopped when worse."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Protocol

from aieco_assets.core.contracts import CANARY
from aieco_assets.core.errors import AiecoError, Unavailable
from aieco_assets.core.policy.files import load_canary
from aieco_assets.core.serving.canary import Outcome, Trial, takes_part
from aieco_assets.core.serving.canary_steps import CanarySteps, pass_step, read_steps
from aieco_assets.core.serving.registry_aliases import Moves, challenger_versions, challengers_of, told
from aieco_assets.core.serving.release import Release
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from aieco_assets.core.registry.versions import ModelVersion

logger = logging.getLogger("aieco.service")


class Opened(Protocol):
    """Gives the release of some versions after its golden questions. Raises AiecoError when there is none."""

    def __call__(self, new: Mapping[str, ModelVersion]) -> Release: ...


@dataclass(frozen=True)
class Candidate:
    """A release with the challengers in it. `named_by`: number of the alias move that made it a candidate."""

    release: Release
    challengers: Mapping[str, int]
    named_by: int
    beside: Mapping[str, int]  # the versions that were served when it was opened
    trial: Trial = field(default_factory=Trial, repr=False)

    def over(self, served: Release) -> Release:
        """Its models over what the champion reads now."""
        answerer = self.release.answerer
        return Release(self.release.versions, served.answerer.having(answerer.llm, answerer.policy, answerer.prompt))


@dataclass(frozen=True)
class Stopped:
    """A candidate that gets no questions any more, and why."""

    named_by: int
    challengers: Mapping[str, int]
    beside: Mapping[str, int]
    reason: str
    seen: Mapping[str, Any]  # by arm: answers, failed, abstained, p50_ms
    at: datetime = field(default_factory=lambda: datetime.now(timezone.utc))


class Candidates:
    """At most one candidate at a time. Thread-safe.

    It is stopped for good: `service.trials` says so to the next process, until a challenger is named anew.
    """

    def __init__(self, settings: Settings):
        self._settings = settings
        self.present: Candidate | None = None
        self.stopped: Stopped | None = None
        self.steps: CanarySteps | None = None  # of a candidate that a policy named
        self._unwritten: list[Stopped] = []
        self._passed = 0  # answers at a step that was passed and is not written yet
        self._lock = threading.Lock()

    @property
    def wanted(self) -> bool:
        return self._settings.canary_share > 0 or self._settings.shadow_share > 0 or self.steps is not None

    @property
    def canary_share(self) -> float:
        """Of the conversations: that of the candidate's step, else that of the settings."""
        return self.steps.share if self.steps else self._settings.canary_share

    def drawn(self, conversation: str) -> Candidate | None:
        """The candidate, when this conversation is one of its share."""
        candidate, share = self.present, self.canary_share
        return candidate if candidate and takes_part(str(candidate.named_by), conversation, share) else None

    def note(self, candidate: Candidate, arm: str, outcome: Outcome) -> None:
        """Counts what came of a question; stops the candidate when it is surely worse, lets it go a step further."""
        if reason := candidate.trial.note(arm, outcome):
            seen = candidate.trial.numbers()
            self._stop(Stopped(candidate.named_by, candidate.challengers, candidate.beside, reason, seen))
        elif arm == CANARY and self.steps and not self.steps.succeeded:
            with self._lock:
                self._passed += candidate.trial.passed()

    def follow(self, moves: Moves, served: Release, opened: Opened) -> None:
        """Opens what is challenger now, and drops what is not any more.

        Raises Unavailable when nobody can tell now.
        """
        named, number = challengers_of(moves)
        steps = read_steps(self._settings, number) if named else None
        with self._lock:
            if steps is None or self.steps is None or steps.named_by != self.steps.named_by:
                self._passed = 0
            self.steps = steps
            named, number = (named, number) if self.wanted else ({}, 0)
            present = self.present
            if present and (present.named_by, present.beside) == (number, served.numbers):
                return
            if not present or present.named_by != number:
                self.present = None
        versions = {} if not named or self._was_stopped(number) else challenger_versions(self._settings, named)
        if not versions:
            self.present = None
            return
        named, beside = {name: version.version for name, version in versions.items()}, served.numbers
        try:
            trial = Trial(load_canary(self._settings))
            release = opened(versions)
        except Unavailable:
            raise
        except AiecoError as error:
            self._stop(Stopped(number, named, beside, str(error), {}))
            return
        with self._lock:
            if self.stopped and self.stopped.named_by == number:  # it failed while it was opened beside a new champion
                return
            self.present = Candidate(release, named, number, beside, trial)
        logger.warning("%s is tried beside the champion", told(named))

    def write(self) -> None:
        """Puts what was stopped, and a step that was passed, into Postgres. Raises AiecoError when it does not answer:
        then it is kept for later."""
        from psycopg.types.json import Jsonb

        with self._lock:
            steps, answers = self.steps, self._passed
        if answers and steps:
            self.steps, self._passed = pass_step(self._settings, steps, answers), 0
        while self._unwritten:
            one = self._unwritten[0]
            with connect(self._settings.warehouse) as connection:
                connection.execute(
                    "insert into service.trials (named_by, candidate, champion, reason, numbers, stopped_at)"
                    " values (%s, %s, %s, %s, %s, %s) on conflict (named_by) do nothing",
                    (
                        *(one.named_by, Jsonb(dict(one.challengers)), Jsonb(dict(one.beside)), one.reason),
                        *(Jsonb(dict(one.seen)), one.at),
                    ),
                )
            self._unwritten.pop(0)

    def shown(self) -> dict[str, Any]:
        """What `/version` says of the candidate and of the last one that was stopped."""
        present, stopped = self.present, self.stopped
        return {
            "candidate": {
                "versions": _texts(present.challengers),
                "canary_share": self.canary_share,
                "shadow_share": self._settings.shadow_share,
                "seen": present.trial.numbers(),
            }
            if present
            else None,
            "stopped": {"versions": _texts(stopped.challengers), "reason": stopped.reason, "at": stopped.at}
            | {"seen": dict(stopped.seen)}
            if stopped
            else None,
        }

    def _stop(self, stopped: Stopped) -> None:
        with self._lock:
            if self.stopped and self.stopped.named_by == stopped.named_by:
                return
            if self.present and self.present.named_by == stopped.named_by:
                self.present = None
            self.stopped = stopped
            self._unwritten.append(stopped)
        logger.error("%s is stopped, and the champion answers alone: %s", told(stopped.challengers), stopped.reason)

    def _was_stopped(self, number: int) -> bool:
        if self.stopped and self.stopped.named_by == number:
            return True
        with connect(self._settings.warehouse) as connection:
            row = connection.execute(
                "select candidate, champion, reason, numbers, stopped_at from service.trials where named_by = %s",
                (number,),
            ).fetchone()
        if row:
            self.stopped = Stopped(number, *row)
        return row is not None


def _texts(numbers: Mapping[str, int]) -> dict[str, str]:
    return {name: str(number) for name, number in numbers.items()}
