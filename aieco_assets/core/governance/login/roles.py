"""Who a person is, and what a role may do. Every act has one name; what no role is given, `admin` alone may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, cast

from aieco_assets.core.errors import AiecoError

Role = Literal["viewer", "analyst", "operator", "approver", "admin"]
Act = Literal["look", "ask", "predict", "review", "inspect", "operate", "promote", "administer"]

_VIEWER: frozenset[Act] = frozenset({"look", "ask"})
_ANALYST: frozenset[Act] = frozenset({*_VIEWER, "predict", "review", "inspect"})
ACTS: dict[Role, frozenset[Act]] = {
    "viewer": _VIEWER,
    "analyst": _ANALYST,
    # Who runs the platform does not decide what is in production, and the other way round.
    "operator": frozenset({*_ANALYST, "operate"}),
    "approver": frozenset({*_ANALYST, "promote"}),
    "admin": frozenset({*_ANALYST, "operate", "promote", "administer"}),
}
ROLES = tuple(ACTS)
_WORDS: dict[Act, str] = {
    "inspect": "look at Dagster and MLflow",
    "operate": "run and change what runs",
    "promote": "move models into production",
    "administer": "do what is an admin's alone",
    "predict": "ask for predictions",
    "review": "review answers",
}
# Scopes of the service's keys (core/serving/keys.py) that a role has there.
_SCOPES: dict[Act, str] = {"ask": "ask", "predict": "predict", "review": "review", "administer": "admin"}


@dataclass(frozen=True)
class Person:
    """Somebody who has logged in. `groups`: whose documents they read; `source`: local, or the issuer that vouched;
    `token`: the name of that by which a program acts for them."""

    name: str
    role: Role
    groups: frozenset[str] = field(default_factory=frozenset)
    source: str = "local"
    token: str = ""

    def may(self, act: Act) -> bool:
        return act in ACTS[self.role]

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the service lets this person do."""
        return tuple(sorted(scope for act, scope in _SCOPES.items() if self.may(act)))


def words_of(act: Act) -> str:
    """The act, as a sentence about who may not has it."""
    return _WORDS.get(act, act)


def roles_for(act: Act) -> str:
    """Those that may, as a sentence names them: `operator or admin`."""
    *first, last = [role for role, acts in ACTS.items() if act in acts]
    return f"{', '.join(first)} or {last}" if first else last


def checked_role(name: str) -> Role:
    """Raises AiecoError for a role that is none."""
    if name not in ACTS:
        raise AiecoError(f"There is no role {name[:40]!r}: there are {', '.join(ROLES)}.")
    return cast("Role", name)
