"""Who decides what is in production: the gate of a training, or a person by `aieco promote` and `aieco rollback`."""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, EMBEDDER
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry import four_eyes
from aieco_assets.core.registry.aliases import AliasMove, history, set_alias
from aieco_assets.core.registry.tracking import mlflow_client, registry_errors
from aieco_assets.core.registry.versions import ModelVersion, load_files, registered_names, version_by_alias, versions
from aieco_assets.core.settings import Settings

GATE = "training gate"
# Values of the tag `gate` of a version.
PROMOTED, REFUSED, WAITING = "promoted", "refused", "waiting"


@dataclass(frozen=True)
class Verdict:
    """What a gate found of a version: may it go into production, why (a clause), and on which numbers."""

    passed: bool
    reason: str
    numbers: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """A champion put into production by a person; `moved` is False when it was there already, or when it waits for a
    second person, which `waits` then says in a sentence."""

    model: str
    version: int
    before: int | None
    moved: bool
    waits: str = ""


def is_judged(settings: Settings, name: str, version: int) -> bool:
    """Whether the gate has spoken on a version. It does so once: training again must not undo a later rollback."""
    return any(move.to_version == version and move.actor == GATE for move in history(settings, name))


def enter(settings: Settings, name: str, version: int, verdict: Verdict) -> str:
    """Does what the verdict says: champion, or challenger where it was refused or AIECO_PROMOTION is manual.

    Returns promoted, refused or waiting, which is also written on the version. Interrupted, it can be called again.
    """
    passed = verdict.passed
    waits = settings.promotion == "manual" or (settings.promotion_people > 1 and _has_champion(settings, name))
    outcome = REFUSED if not passed else WAITING if waits else PROMOTED
    reason = verdict.reason if outcome != WAITING else f"passed, and waits for a person: {verdict.reason}"
    set_alias(settings, name, CHAMPION if outcome == PROMOTED else CHALLENGER, version, GATE, reason, verdict.numbers)
    _say(settings, name, version, outcome, reason)
    return outcome


def refuse(settings: Settings, name: str, version: int, reason: str) -> None:
    """Writes on a version that its gate refused it, and names it no challenger: nobody is to try it."""
    _say(settings, name, version, REFUSED, reason)


def promote(
    settings: Settings,
    name: str,
    version: int,
    reason: str = "",
    actor: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Move:
    """Makes a version champion because a person says so, also one that its gate refused.

    `actor`: who instead of the person at the keyboard (a policy); `evidence`: what is kept with the gate's numbers.
    Where two people have to ask (AIECO_PROMOTION_PEOPLE), the first one's request waits for another person's.
    Raises AiecoError for a version that does not exist, whose files were altered, or of a model that the settings
    choose.
    """
    known = _decidable(settings, name)
    found = next((one for one in known if one.version == version), None)
    if found is None:
        numbers = ", ".join(str(one.version) for one in reversed(known))
        raise AiecoError(f"Model {name} has no version {version}: it has {numbers}.")
    load_files(settings, found)
    gate = found.tags.get("gate", "")
    why = reason or {REFUSED: "in spite of its gate", WAITING: "approved"}.get(gate, "by hand")
    before = version_by_alias(settings, name, CHAMPION)
    was = before.version if before else None
    numbers = _numbers(settings, name, version) | dict(evidence or {})
    who = actor or person()
    if settings.promotion_people > 1 and was != version:
        people = four_eyes.ask(settings, name, version, who, why)
        if len(people) < settings.promotion_people:
            return Move(name, version, was, False, four_eyes.waiting(name, version, people))
        who = " and ".join(people)
    moved = set_alias(settings, name, CHAMPION, version, who, why, numbers)
    four_eyes.settle(settings, name)
    return Move(name, version, was, moved)


def rollback(
    settings: Settings,
    name: str,
    reason: str = "",
    actor: str = "",
    evidence: Mapping[str, Any] | None = None,
    steps: int = 1,
) -> Move:
    """Puts back the version that was in production before the present champion, or `steps` before it; called again, the
    one before that.

    `actor` and `evidence` as of `promote`.
    Raises AiecoError when there is none, when its files were altered, or when the champion changes meanwhile.
    """
    known = {one.version: one for one in _decidable(settings, name)}
    line = _line(history(settings, name))
    if len(line) < 2:
        raise AiecoError(
            f"No version of {name} was in production before the present one: `aieco promote {name} VERSION` names one."
        )
    if not 0 < steps < len(line):
        before = ", ".join(map(str, reversed(line[:-1])))
        raise AiecoError(f"{name} can go back 1 to {len(line) - 1} steps, to version {before}; not {steps}.")
    target, present = line[-1 - steps], line[-1]
    load_files(settings, known[target])
    why = reason or f"rolled back from version {present}"
    numbers = _numbers(settings, name, target) | dict(evidence or {})
    set_alias(settings, name, CHAMPION, target, actor or person(), why, numbers, replacing=present)
    return Move(name, target, present, moved=True)


def in_production(moves: Sequence[AliasMove], at: datetime | None = None) -> AliasMove | None:
    """The move that put the champion of that moment (default: now) into production; None when there was none."""
    champions = [move for move in moves if move.alias == CHAMPION and (at is None or move.moved_at <= at)]
    return champions[-1] if champions and champions[-1].to_version is not None else None


def model_history(settings: Settings, name: str) -> list[AliasMove]:
    """Every alias move of a model, oldest first. Raises AiecoError for a model that the registry does not have."""
    moves = history(settings, name)
    if not moves and not versions(settings, name):
        raise _unknown(settings, name)
    return moves


def person() -> str:
    """Who is at the keyboard, as the history names them: the account, whatever the environment says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container whose user has no name
        return f"user {os.getuid()}"


def _has_champion(settings: Settings, name: str) -> bool:
    """The first version is what there is: nobody can have asked for another."""
    return version_by_alias(settings, name, CHAMPION) is not None


def _decidable(settings: Settings, name: str) -> list[ModelVersion]:
    known = versions(settings, name)
    if not known:
        raise _unknown(settings, name)
    if known[0].tags.get("kind") == "reference" and name != EMBEDDER:
        raise AiecoError(
            f"Which {name} is in production is said by AIECO_{name.upper()}: set it and run "
            f"`aieco run --select 'key:\"models/{name}\"+'`."
        )
    return known


def _say(settings: Settings, name: str, version: int, outcome: str, reason: str) -> None:
    with registry_errors(settings):
        for key, value in {"gate": outcome, "gate_reason": reason[:5000]}.items():
            mlflow_client(settings).set_model_version_tag(name, str(version), key, value)


def _unknown(settings: Settings, name: str) -> AiecoError:
    found = registered_names(settings)
    return AiecoError(f"The registry has no model {name!r}: it has {', '.join(found) or 'none yet (`aieco run`)'}.")


def _line(moves: Sequence[AliasMove]) -> list[int]:
    """Champions from the first to the present one, without those that were rolled back."""
    line: list[int] = []
    for move in moves:
        if move.alias != CHAMPION or move.to_version is None:
            continue
        if move.to_version in line:
            del line[line.index(move.to_version) + 1 :]
        else:
            line.append(move.to_version)
    return line


def _numbers(settings: Settings, name: str, version: int) -> dict[str, Any]:
    """The numbers on which the gate judged a version; empty for one that it never saw."""
    judged = [move.metrics for move in history(settings, name) if move.to_version == version and move.actor == GATE]
    return judged[-1] if judged else {}
