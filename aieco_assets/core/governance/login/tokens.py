"""Personal access tokens: by one a program acts as a local user, with the role and groups that the user has by then.

They lie beside the file of users, as digests: 256 random bits can't be guessed, so a fast hash is enough. A token ends
at its time, by `revoke`, with another password of its user, and with the user.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.private_file import PrivateFile
from aieco_assets.core.governance.login.roles import Person
from aieco_assets.core.governance.login.users import User, Users, users_file
from aieco_assets.core.settings import Settings

# So that a scanner of secrets finds one, and no key of AIECO_API_KEYS is taken for one.
SHAPE = re.compile(r"aieco_pat_(?P<id>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
MOST_DAYS, MOST_OF_ONE = 366, 50
_LONGEST_LABEL = 60
_DAY = 86_400


@dataclass(frozen=True)
class Token:
    """One entry. `id` names it and is no secret; `made`, `ends`: seconds since 1970; `stamp`: of the user's password
    when it was made."""

    id: str
    user: str
    label: str
    made: int
    ends: int
    stamp: str = field(repr=False)
    digest: str = field(repr=False)


def tokens_file(settings: Settings) -> Path:
    users = users_file(settings)
    return users.with_name(f"{users.stem}.tokens.json")


class Tokens:
    """`clock`: seconds since 1970."""

    def __init__(self, path: Path, users: Users, clock: Callable[[], float] = time.time) -> None:
        self._file: PrivateFile[dict[str, Token]] = PrivateFile(path, _parse, {}, "tokens", "no token is taken")
        self._users, self._clock = users, clock

    def all(self) -> list[Token]:
        """Those that still count, by user and end. Raises AiecoError for a file that can't be read."""
        return sorted(self._living().values(), key=lambda one: (one.user, one.ends, one.id))

    def make(self, name: str, days: int = 30, label: str = "") -> tuple[str, Token]:
        """(the token, which nobody can show again, and its entry). Raises AiecoError for a user that there is not, a
        time or a label that can't be, and for one too many."""
        user = self._users.known(name)
        if not 1 <= days <= MOST_DAYS:
            raise AiecoError(f"A token lasts 1 to {MOST_DAYS} days: {days} is none of them.")
        if len(label) > _LONGEST_LABEL or not label.isprintable():
            raise AiecoError(f"A label has {_LONGEST_LABEL} printable characters at most: choose another one.")
        now = int(self._clock())
        identity = secrets.token_hex(6)
        given = f"aieco_pat_{identity}_{secrets.token_urlsafe(32)}"
        token = Token(identity, user.name, label, now, now + days * _DAY, user.stamp, _digest(given))

        def put(tokens: dict[str, Token]) -> None:
            if sum(one.user == name for one in tokens.values()) >= MOST_OF_ONE:
                raise AiecoError(f"{name} has {MOST_OF_ONE} tokens: `aieco user revoke ID` takes one back.")
            tokens[identity] = token

        self._change(put)
        return given, token

    def revoke(self, identity: str) -> None:
        """Raises AiecoError for one that there is not, or not any more."""

        self._change(lambda tokens: tokens.pop(_known(tokens, identity).id))

    def known(self, identity: str) -> Token:
        """Raises AiecoError for one that there is not, or not any more."""
        return _known(self._living(), identity)

    def find(self, given: str) -> Token | None:
        """The entry of what was given, whether it still counts or not. Raises AiecoError for an unreadable file."""
        shape = SHAPE.fullmatch(given)
        token = self._file.read().get(shape["id"]) if shape else None
        return token if token and hmac.compare_digest(token.digest.encode(), _digest(given).encode()) else None

    def person(self, token: Token) -> Person | None:
        """Whom it stands for, with the role of now; None when it is over, or its user is, or the password."""
        user = self._user(token)
        return replace(user.person, token=token.id) if user and token.ends > self._clock() else None

    def _user(self, token: Token) -> User | None:
        user = self._users.find(token.user)
        return user if user and user.stamp == token.stamp else None

    def _living(self) -> dict[str, Token]:
        return {identity: one for identity, one in self._file.read().items() if self.person(one)}

    def _change(self, change: Callable[[dict[str, Token]], Any]) -> None:
        with self._file.held():
            tokens = self._living()
            change(tokens)
            self._file.write({"tokens": [asdict(one) for _, one in sorted(tokens.items())]})


def _parse(told: Any) -> dict[str, Token]:
    tokens = {one["id"]: Token(**one) for one in told["tokens"]}
    for one in tokens.values():
        numbers, texts = (one.made, one.ends), (one.id, one.user, one.label, one.stamp, one.digest)
        if not all(type(number) is int for number in numbers) or not all(isinstance(text, str) for text in texts):
            raise ValueError
    return tokens


def _known(tokens: dict[str, Token], identity: str) -> Token:
    if identity not in tokens:
        raise AiecoError(f"There is no token {identity[:40]!r}: `aieco user tokens` shows them.")
    return tokens[identity]


def _digest(given: str) -> str:
    return sha256(given.encode()).hexdigest()
