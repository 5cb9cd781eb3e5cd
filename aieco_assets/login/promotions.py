"""Aliases that are moved in MLflow's pages become aieco's own moves: with the person, the history and four eyes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, PREVIOUS
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.roles import Person
from aieco_assets.core.registry.challenger import challenge
from aieco_assets.core.registry.promotion import promote
from aieco_assets.core.settings import Settings

_REASON, _BY_TOKEN = "in MLflow's pages", "by a program, with a token"


def is_ours(told: Mapping[str, Any]) -> bool:
    """Whether the alias is one of those by which aieco serves; MLflow takes names as they are, of any case."""
    return str(told.get("alias", "")).lower() in (CHAMPION, CHALLENGER, PREVIOUS)


def move_alias(settings: Settings, method: str, told: Mapping[str, Any], person: Person) -> None:
    """Raises AiecoError for what can't be moved, and where a second person has to ask first."""
    if person.token and settings.promotion_people > 1:
        # Whoever has got two people's tokens is not two people.
        raise AiecoError("Two people ask for a champion here: a token counts as none, log in.")
    name, alias, version = (str(told.get(key, "")) for key in ("name", "alias", "version"))
    if method == "DELETE" or alias not in (CHAMPION, CHALLENGER):
        raise AiecoError(f"The alias {alias} follows from promotions: it is moved by promoting another version.")
    if not version.isdecimal():
        raise AiecoError("A version is a number.")
    reason = _BY_TOKEN if person.token else _REASON
    if alias == CHALLENGER:
        challenge(settings, name, int(version), reason, person.name)
    elif waits := promote(settings, name, int(version), reason, person.name).waits:
        raise AiecoError(waits)
