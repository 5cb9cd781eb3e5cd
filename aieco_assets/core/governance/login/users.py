"""The local file of users, for teams without a login server: name, role, groups and the argon2 hash of a password.

Who is removed is out at once. A file that can't be read lets nobody in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.passwords import hashed
from aieco_assets.core.governance.login.private_file import PrivateFile
from aieco_assets.core.governance.login.roles import Person, Role, checked_role
from aieco_assets.core.governance.rights import checked_groups
from aieco_assets.core.settings import Settings

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")


@dataclass(frozen=True)
class User:
    """One entry. `stamp` changes with the password: sessions and tokens of an older one are over."""

    name: str
    role: Role
    groups: tuple[str, ...]
    password: str
    stamp: str

    @property
    def person(self) -> Person:
        return Person(self.name, self.role, frozenset(self.groups))

    def __repr__(self) -> str:
        return f"User({self.name!r}, {self.role!r})"


def users_file(settings: Settings) -> Path:
    return Path(settings.login_users) if settings.login_users else settings.home / "governance" / "users.json"


class Users:
    """The file's users, by name. Names are told apart as they are written."""

    def __init__(self, path: Path) -> None:
        self._file: PrivateFile[dict[str, User]] = PrivateFile(path, _parse, {}, "users", "nobody can log in")

    def all(self) -> dict[str, User]:
        """Raises AiecoError for a file that can't be read; none, and there are none."""
        return self._file.read()

    def find(self, name: str) -> User | None:
        return self.all().get(name)

    def known(self, name: str) -> User:
        """Raises AiecoError for a user that there is not."""
        return _known(self.all(), name)

    def add(self, name: str, password: str, role: str, groups: Sequence[str] = ()) -> User:
        """Raises AiecoError for a name that is taken, and for a name, role, group or password that can't be."""
        if not NAME.fullmatch(name):
            raise AiecoError(
                f"{name[:70]!r} can't be a user's name: letters, digits, dots, hyphens, underscores and @, 64 at most."
            )
        new = User(name, checked_role(role), _groups(groups), hashed(password), secrets.token_hex(8))

        def put(users: dict[str, User]) -> None:
            if name in users:
                raise AiecoError(f"There is a user {name} already: `aieco user role {name} ROLE` changes the role.")
            users[name] = new

        self._change(put)
        return new

    def remove(self, name: str) -> None:
        self._change(lambda users: users.pop(_known(users, name).name))

    def set_role(self, name: str, role: str, groups: Sequence[str] | None = None) -> User:
        """Another role, and other groups where they are given. Raises AiecoError for a user that there is not."""

        def put(users: dict[str, User]) -> None:
            before = _known(users, name)
            kept = before.groups if groups is None else _groups(groups)
            users[name] = replace(before, role=checked_role(role), groups=kept)

        return self._change(put)[name]

    def set_password(self, name: str, password: str) -> None:
        """Ends the sessions and the tokens of the old password."""
        new = hashed(password)
        self._change(
            lambda users: users.update({name: replace(_known(users, name), password=new, stamp=secrets.token_hex(8))})
        )

    def _change(self, change: Callable[[dict[str, User]], Any]) -> dict[str, User]:
        with self._file.held():
            users = dict(self.all())
            change(users)
            self._file.write({"users": [asdict(user) for _, user in sorted(users.items())]})
        return users


def _known(users: dict[str, User], name: str) -> User:
    if name not in users:
        raise AiecoError(f"There is no user {name[:70]}: `aieco user list` shows them.")
    return users[name]


def _groups(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(checked_groups(names, "The user")))


def _parse(told: Any) -> dict[str, User]:
    users = [User(**{**one, "groups": _groups(one["groups"])}) for one in told["users"]]
    for user in users:
        checked_role(user.role)
        if not NAME.fullmatch(user.name) or not isinstance(user.password, str):
            raise ValueError
    return {user.name: user for user in users}
