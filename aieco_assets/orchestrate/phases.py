"""Cutting a selection of assets into Dagster runs, and saying which of them may run side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass

import dagster as dg

Range = tuple[str, str]
# An asset's partitions and the range of them that is wanted; None for an asset without partitions.
Window = tuple[Hashable, Range] | None
Parents = Mapping[dg.AssetKey, Iterable[dg.AssetKey]]


@dataclass(frozen=True)
class Phase:
    """One Dagster run: assets that share a partitioning, or have none. `after`: positions of phases it waits for."""

    keys: frozenset[dg.AssetKey]
    partition_range: Range | None = None
    after: frozenset[int] = frozenset()


def side_by_side(phases: list[Phase]) -> bool:
    """Whether some two of the phases wait for neither each other nor anything between them."""
    before: list[set[int]] = []
    for phase in phases:
        before.append(set(phase.after).union(*(before[at] for at in phase.after)))
    return any(earlier not in before[later] for later in range(len(phases)) for earlier in range(later))


def cut(order: list[dg.AssetKey], parents: Parents, window: Callable[[dg.AssetKey], Window]) -> list[Phase]:
    """Phases of the assets in `order` (topological), each after all that it waits for.

    Assets that hang together go one after the other; what hangs together only through an asset that joins days and
    things without days (the bento: answers and predictions) is cut there, so that both sides can run at a time.
    """
    branches = _branches(order, parents, window)
    at: dict[dg.AssetKey, tuple[int, int]] = {}
    cuts: dict[tuple[int, int], tuple[Window, list[dg.AssetKey]]] = {}
    for key in order:
        branch, wanted = branches[key], window(key)
        step = max((at[parent][1] for parent in parents[key] if at.get(parent, (None,))[0] == branch), default=0)
        while None not in (wanted, found := cuts.get((branch, step), (None, []))[0]) and found != wanted:
            step += 1
        found, keys = cuts.setdefault((branch, step), (None, []))
        cuts[branch, step] = (found or wanted, [*keys, key])
        at[key] = (branch, step)
    waits = {
        place: {at[one] for key in keys for one in parents[key] if one in at} - {place}
        for place, (_, keys) in cuts.items()
    }
    places = _sorted(waits)
    position = {place: index for index, place in enumerate(places)}
    return [
        Phase(
            frozenset(cuts[place][1]),
            found[1] if (found := cuts[place][0]) else None,
            frozenset(position[other] for other in waits[place]),
        )
        for place in places
    ]


def _branches(
    order: list[dg.AssetKey], parents: Parents, window: Callable[[dg.AssetKey], Window]
) -> dict[dg.AssetKey, int]:
    """Asset -> number of its branch. An asset that needs several joins them, unless only one side has partitions."""
    branch: dict[dg.AssetKey, int] = {}
    upstream: dict[int, set[int]] = {}
    partitioned: dict[int, bool] = {}
    for number, key in enumerate(order):
        needed = {branch[parent] for parent in parents[key] if parent in branch}
        apart = any(one in upstream[other] for one in needed for other in needed)
        if needed and not apart and len({partitioned[one] for one in needed}) == 1:
            number = min(needed)
            _join(needed, number, branch, upstream)
        else:
            upstream[number] = needed.union(*(upstream[one] for one in needed))
        branch[key] = number
        partitioned[number] = partitioned.get(number, False) or window(key) is not None
    return branch


def _join(needed: set[int], number: int, branch: dict[dg.AssetKey, int], upstream: dict[int, set[int]]) -> None:
    upstream[number] = set().union(*(upstream[one] for one in needed))
    for key, one in branch.items():
        branch[key] = number if one in needed else one
    for one, above in upstream.items():
        if above & needed:
            upstream[one] = (above - needed) | {number} | upstream[number]


def _sorted(waits: Mapping[tuple[int, int], set[tuple[int, int]]]) -> list[tuple[int, int]]:
    placed: list[tuple[int, int]] = []
    while len(placed) < len(waits):
        placed.append(next(place for place, above in waits.items() if place not in placed and above <= set(placed)))
    return placed
