"""The graph as somebody who has nothing but the events sees it, and how it differs from another one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.lineage.records import AssetNode, ColumnEdges

Edge = tuple[str, str]
ColumnEdge = tuple[tuple[str, str], tuple[str, str]]


@dataclass
class Graph:
    """Assets by key; `edges` lead from what is read to what is made; `columns` of an asset in their order."""

    assets: set[str] = field(default_factory=set)
    edges: set[Edge] = field(default_factory=set)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    column_edges: set[ColumnEdge] = field(default_factory=set)

    def __str__(self) -> str:
        columns = sum(map(len, self.columns.values()))
        return (
            f"{len(self.assets):,} assets, {len(self.edges):,} edges, {columns:,} columns, "
            f"{len(self.column_edges):,} edges of columns"
        )


def rebuild(events: Iterable[Mapping[str, Any]]) -> Graph:
    """Of each asset the latest event counts, of each of its facets, too. In any order, and each any number of times."""
    graph, parents = Graph(), dict[str, set[str]]()
    lineage: dict[str, Mapping[str, Any]] = {}
    for event in sorted(events, key=lambda one: one["eventTime"]):
        outputs = [event["dataset"]] if "dataset" in event else event.get("outputs", [])
        for made in outputs:
            key, facets = made["name"], made.get("facets", {})
            graph.assets.add(key)
            parents[key] = {one["name"] for one in event.get("inputs", [])}
            if "schema" in facets:
                graph.columns[key] = tuple(one["name"] for one in facets["schema"]["fields"])
            if "columnLineage" in facets:
                lineage[key] = facets["columnLineage"]["fields"]
    graph.edges = {(parent, key) for key, found in parents.items() for parent in found}
    graph.column_edges = {
        ((origin["name"], origin["field"]), (key, column))
        for key, fields in lineage.items()
        for column, found in fields.items()
        for origin in found["inputFields"]
    }
    return graph


def graph_of(nodes: Iterable[AssetNode], lineage: Mapping[str, ColumnEdges]) -> Graph:
    """What the orchestrator itself says; `lineage`: of each asset's columns, as it was last made."""
    graph = Graph()
    for node in nodes:
        graph.assets.add(node.key)
        graph.edges |= {(parent, node.key) for parent in node.parents}
        if node.columns:
            graph.columns[node.key] = tuple(column.name for column in node.columns)
    graph.column_edges = {
        (origin, (key, column))
        for key, columns in lineage.items()
        for column, origins in columns.items()
        for origin in origins
    }
    return graph


def differences(told: Graph, known: Graph) -> list[str]:
    """One line for each thing that only one of them has; `told` are the events."""
    pairs: list[tuple[str, set[Any], set[Any]]] = [
        ("asset", told.assets, known.assets),
        ("edge", told.edges, known.edges),
        ("columns", set(told.columns.items()), set(known.columns.items())),
        ("edge of columns", told.column_edges, known.column_edges),
    ]
    return [
        f"{where}: {kind} {_said(one)}"
        for kind, ours, theirs in pairs
        for where, only in (("in Dagster alone", theirs - ours), ("in the events alone", ours - theirs))
        for one in sorted(only, key=str)
    ]


def read_events(path: Path) -> Iterator[dict[str, Any]]:
    """Of a file of JSON lines. Raises AiecoError for one that can't be read, or holds something else."""
    number = 0
    try:
        with open(path, encoding="utf-8") as file:
            for line in file:
                number += 1
                event = json.loads(line)
                if not isinstance(event, dict) or "eventTime" not in event:
                    raise ValueError
                yield event
    except OSError as error:
        raise AiecoError(f"{path} cannot be read ({error.strerror}): name a file of events.") from None
    except ValueError:
        raise AiecoError(f"Line {number} of {path} is no event: name a file of `aieco lineage export`.") from None


def _said(one: Any) -> str:
    if isinstance(one, str):
        return one
    first, second = one
    if isinstance(second, tuple) and isinstance(first, str):
        return f"{first}: {', '.join(second)}"
    return " -> ".join(part if isinstance(part, str) else ".".join(part) for part in one)
