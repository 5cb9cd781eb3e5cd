"""Cutting a selection of assets into Dagster runs, and saying which of them may run side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import dagster as dg

Range = tuple[str, str]
# An asset's partitions and the range of them that is wanted; None for an asset without partitions.
Window = tuple[Hashable, Range] | None
Parents = Mapping[dg.AssetKey, Iterable[dg.AssetKey]]
# Assets that one step makes over one window.
Unit = tuple[Hashable, Window]


@dataclass(frozen=True)
class Phase:
    """One Dagster run: assets that share a partitioning, or have none. `after`: positions of phases it waits for."""

    keys: frozenset[dg.AssetKey]
    partition_range: Range | None = None
    after: frozenset[int] = frozenset()

    def to_json(self) -> dict[str, Any]:
        return {"keys": [list(key.path) for key in self.keys], "partition_range": self.partition_range}

    @classmethod
    def from_json(cls, message: Mapping[str, Any]) -> Phase:
        asked = message["partition_range"]
        return cls(frozenset(dg.AssetKey(path) for path in message["keys"]), tuple(asked) if asked else None)


def side_by_side(phases: list[Phase]) -> bool:
    """Whether some two of the phases wait for neither each other nor anything between them."""
    before: list[set[int]] = []
    for phase in phases:
        before.append(set(phase.after).union(*(before[at] for at in phase.after)))
    return any(earlier not in before[later] for later in range(len(phases)) for earlier in range(later))


def behind(phases: list[Phase]) -> list[int]:
    """How many others wait for each phase, directly or not: the more, the sooner it is to be begun."""
    waiting: list[set[int]] = [set() for _ in phases]
    for index in reversed(range(len(phases))):
        for earlier in phases[index].after:
            waiting[earlier] |= waiting[index] | {index}
    return [len(one) for one in waiting]


def cut(
    order: list[dg.AssetKey],
    parents: Parents,
    window: Callable[[dg.AssetKey], Window],
    step: Callable[[dg.AssetKey], Hashable],
) -> list[Phase]:
    """Phases of the assets in `order` (topological), each after all that it waits for.

    A phase is a chain of steps, each of which waits for the one before and for nothing else, and alone does so: where
    the graph branches or joins, a new phase begins, which another process may take. `step`: what makes an asset, so
    that assets made by one command stay together.
    """
    units = {key: (step(key), window(key)) for key in order}
    needed: dict[Unit, set[Unit]] = {unit: set() for unit in units.values()}
    for key in order:
        needed[units[key]] |= {units[one] for one in parents[key] if one in units} - {units[key]}
    sequence = list(TopologicalSorter(needed).static_order())
    direct = _without_detours(sequence, needed)
    followers = Counter(one for above in direct.values() for one in above)
    chains: list[list[Unit]] = []
    at: dict[Unit, int] = {}
    for unit in sequence:
        before = [at[one] for one in direct[unit] if followers[one] == 1 and _fits(unit, chains[at[one]])]
        if len(direct[unit]) == 1 and before:
            at[unit] = before[0]
        else:
            at[unit] = len(chains)
            chains.append([])
        chains[at[unit]].append(unit)
    return [
        Phase(
            frozenset(key for key in order if units[key] in chain),
            next((found[1] for _, found in chain if found), None),
            frozenset(at[one] for unit in chain for one in direct[unit]) - {index},
        )
        for index, chain in enumerate(chains)
    ]


def _without_detours(sequence: list[Unit], needed: Mapping[Unit, set[Unit]]) -> dict[Unit, set[Unit]]:
    """What each unit waits for without waiting for it through another: the graph's transitive reduction."""
    above: dict[Unit, set[Unit]] = {}
    for unit in sequence:
        above[unit] = needed[unit].union(*(above[one] for one in needed[unit]))
    return {
        unit: {one for one in ones if not any(one in above[other] for other in ones)} for unit, ones in needed.items()
    }


def _fits(unit: Unit, chain: list[Unit]) -> bool:
    return len({window for _, window in [unit, *chain]} - {None}) <= 1
