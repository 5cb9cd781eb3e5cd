"""Sessions: who is logged in, by a random token whose digest alone is kept. In the memory of the proxy: a restart ends
them all. They end when nothing was asked for a while, and at a fixed time after the login in any case."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.roles import Person
from aieco_assets.core.governance.login.users import Users

_MOST, _MOST_OF_ONE = 10_000, 20


@dataclass
class _Session:
    person: Person
    stamp: str  # of the password, of a local user
    began: float
    seen: float


class Sessions:
    """`idle`, `longest`: seconds. Local users are looked up again each time: their role is that of now."""

    def __init__(self, users: Users, idle: float, longest: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._users, self._idle, self._longest, self._clock = users, idle, longest, clock
        self._open: dict[bytes, _Session] = {}

    def begin(self, person: Person, stamp: str = "") -> str:
        """The token of a new session. Always a new one: none that a browser brought is taken over."""
        now = self._clock()
        self._open = {digest: one for digest, one in self._open.items() if self._lasts(one, now)}
        mine = [digest for digest, one in self._open.items() if one.person.name == person.name]
        for digest in [*mine[: len(mine) - _MOST_OF_ONE + 1], *list(self._open)[: len(self._open) - _MOST + 1]]:
            self._open.pop(digest, None)
        token = secrets.token_urlsafe(32)
        self._open[_digest(token)] = _Session(person, stamp, now, now)
        return token

    def find(self, token: str, asks: bool = True) -> Person | None:
        """Who it is, with the role of now; None for a session that is over, or never was. `asks`: it lasts longer."""
        if not token or (session := self._open.get(_digest(token))) is None:
            return None
        now = self._clock()
        person = self._of_now(session) if self._lasts(session, now) else None
        if person is None:
            self.end(token)
            return None
        if asks:
            session.seen = now
        return person

    def end(self, token: str) -> None:
        self._open.pop(_digest(token), None)

    def _lasts(self, session: _Session, now: float) -> bool:
        return now - session.seen < self._idle and now - session.began < self._longest

    def _of_now(self, session: _Session) -> Person | None:
        if session.person.source != "local":
            return session.person
        try:
            user = self._users.find(session.person.name)
        except AiecoError:
            return None
        return user.person if user and user.stamp == session.stamp else None


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
