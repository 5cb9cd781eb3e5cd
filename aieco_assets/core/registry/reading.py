"""Why a version of a model is, or was, in production: read from the registry, which nothing here settles or writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aieco_assets.core.contracts import CHAMPION
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.aliases import AliasMove
from aieco_assets.core.registry.promotion import GATE, in_production
from aieco_assets.core.registry.tracking import mlflow_client, registry_errors
from aieco_assets.core.registry.versions import ModelVersion, versions
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

_POLICY = "policy "
_MADE_FROM = ("data_digest", "partition_range", "trained_on", "recipe", "knowledge_version", "git_commit", "kind")
# Who decides without being a person or a policy.
_MACHINES = {GATE, "evaluation/rag", "outside aieco", "configuration"}


@dataclass(frozen=True)
class Judged:
    """A version: what its gate said and measured, what it was made from, and each time it became champion."""

    version: int
    in_production: bool
    gate: str
    gate_reason: str
    figures: dict[str, float]
    made_from: dict[str, str]
    promotions: tuple[AliasMove, ...]

    @property
    def sentence(self) -> str:
        """Why it is in production, or is not."""
        if not self.promotions:
            gate = f"its gate: {self.gate}, {self.gate_reason}" if self.gate else "no gate has judged it"
            return f"Version {self.version} was never in production; {gate}."
        last = self.promotions[-1]
        ended = "" if self.in_production else ", and is not any more"
        return (
            f"Version {self.version} was put into production at {last.moved_at:%Y-%m-%d %H:%M} UTC{ended}, by the "
            f"decision of {decider(last)}: {last.reason}."
        )


def decider(move: AliasMove) -> str:
    """`policy drift`, `training gate (a gate)`, `anna (a person)`."""
    if move.actor.startswith(_POLICY):
        return move.actor
    kind = "the platform itself" if move.actor in _MACHINES else "a person"
    return f"{move.actor} ({kind})"


def recorded_moves(settings: Settings, name: str) -> list[AliasMove]:
    """Every recorded move of a model's aliases, oldest first. Raises AiecoError for a model without any."""
    with connect(settings.warehouse) as connection:
        rows = connection.execute(
            "select model, alias, from_version, to_version, actor, reason, metrics, moved_at from registry.alias_moves"
            " where model = %s order by moved_at, id",
            (name,),
        ).fetchall()
        known = connection.execute("select distinct model from registry.alias_moves order by model").fetchall()
    if not rows:
        names = ", ".join(one for (one,) in known) or "none yet: run `aieco run`"
        raise AiecoError(
            f"The registry has no model of that name: it has {names}. What is in the graph and not among them has no"
            " version yet: `aieco status` has what it waits for."
        )
    return [AliasMove(*row) for row in rows]


def judged(settings: Settings, name: str, moves: Sequence[AliasMove], version: int | None = None) -> Judged:
    """A version, without one the champion. Raises AiecoError where there is none."""
    champion = in_production(moves)
    number = version if version is not None else champion.to_version if champion else None
    if number is None:
        raise AiecoError(f"No version of {name} is in production: name one.")
    found = next((one for one in versions(settings, name) if one.version == number), None)
    if found is None:
        raise AiecoError(f"Model {name} has no such version.")
    return Judged(
        number,
        champion is not None and champion.to_version == number,
        found.tags.get("gate", ""),
        found.tags.get("gate_reason", ""),
        _figures(settings, found),
        {tag: found.tags[tag] for tag in _MADE_FROM if found.tags.get(tag) not in (None, "", "none")},
        tuple(one for one in moves if one.alias == CHAMPION and one.to_version == number),
    )


def _figures(settings: Settings, version: ModelVersion) -> dict[str, float]:
    with registry_errors(settings):
        measured = mlflow_client(settings).get_run(version.run_id).data.metrics
    return {name: value for name, value in sorted(measured.items()) if math.isfinite(value)}
