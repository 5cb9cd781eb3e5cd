"""What Dagster knows of the graph and of its runs, as the plain records that lineage events are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG
from dagster._core.event_api import EventLogCursor
from dagster._core.events import DagsterEventType
from dagster._core.storage.tags import PARENT_RUN_ID_TAG

from aieco_assets.core.lineage.records import (
    CANCELLED,
    FAILED,
    SUCCEEDED,
    AssetNode,
    Check,
    Column,
    ColumnEdges,
    FailedAsset,
    MadeAsset,
    RunRecord,
)
from aieco_assets.defs.asset_status import rows_of

_ENDS = {
    DagsterEventType.RUN_SUCCESS: SUCCEEDED,
    DagsterEventType.RUN_FAILURE: FAILED,
    DagsterEventType.RUN_CANCELED: CANCELLED,
}
_READ = {
    DagsterEventType.RUN_START,
    DagsterEventType.STEP_START,
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    *_ENDS,
}
_PAGE = 1_000  # events of a run that are read together
SCHEMA, LINEAGE = "dagster/column_schema", "dagster/column_lineage"


class DagsterHistory:
    """The graph of a code location, and the runs of an instance."""

    def __init__(self, instance: dg.DagsterInstance, graph: Any) -> None:
        self._instance, self._graph = instance, graph

    def nodes(self) -> list[AssetNode]:
        return [_node(self._graph.get(key)) for key in self._graph.toposorted_asset_keys]

    def ended(self, after: int, limit: int) -> list[tuple[int, str]]:
        cursor = EventLogCursor.from_storage_id(after).to_string()
        found = [
            (record.storage_id, record.run_id)
            for kind in _ENDS
            for record in self._instance.fetch_run_status_changes(kind, limit, cursor, ascending=True).records
        ]
        return sorted(found)[:limit]

    def run(self, run_id: str) -> RunRecord | None:
        run = self._instance.get_run_by_id(run_id)
        if run is None:
            return None
        reading = _Reading()
        for entry in self._entries(run_id):
            reading.take(entry)
        return reading.record(run)

    def column_lineage(self) -> dict[str, ColumnEdges]:
        """As each asset was last made."""
        records = self._instance.get_asset_records(list(self._graph.toposorted_asset_keys))
        events = [record.asset_entry.last_materialization for record in records]
        made = [one.asset_materialization for one in events if one and one.asset_materialization]
        return {_name(one.asset_key): column_edges(one.metadata) for one in made}

    def _entries(self, run_id: str) -> Iterator[Any]:
        cursor, more = None, True
        while more:
            page = self._instance.get_records_for_run(run_id, cursor, _READ, _PAGE)
            yield from (record.event_log_entry for record in page.records)
            cursor, more = page.cursor, page.has_more


@dataclass
class _Reading:
    """What the events of one run come to."""

    began: float = 0.0
    ended: float = 0.0
    outcome: str = FAILED
    error: str = ""
    steps: dict[str, float] = field(default_factory=dict)  # when they began
    broken: dict[str, tuple[float, str]] = field(default_factory=dict)  # when they failed, and by which kind of error
    planned: dict[str, str] = field(default_factory=dict)  # the step of an asset
    made: dict[str, list[tuple[float, str, Any]]] = field(default_factory=dict)
    checks: dict[str, dict[str, tuple[float, Check]]] = field(default_factory=dict)

    def take(self, entry: Any) -> None:
        event, at = entry.dagster_event, entry.timestamp
        kind, data, step = event.event_type, event.event_specific_data, event.step_key or ""
        self.began = self.began or at
        if kind is DagsterEventType.STEP_START:
            self.steps[step] = at
        elif kind is DagsterEventType.STEP_FAILURE:
            self.broken[step] = (at, _kind_of(data.error))
        elif kind is DagsterEventType.ASSET_MATERIALIZATION_PLANNED:
            self.planned[_name(data.asset_key)] = step
        elif kind is DagsterEventType.ASSET_MATERIALIZATION:
            self.made.setdefault(_name(data.materialization.asset_key), []).append((at, step, data.materialization))
        elif kind is DagsterEventType.ASSET_CHECK_EVALUATION:
            check = Check(data.check_name, data.passed, bool(data.blocking))
            self.checks.setdefault(_name(data.asset_key), {})[data.check_name] = (at, check)
        elif kind in _ENDS:
            self.ended, self.outcome = at, _ENDS[kind]
            self.error = "" if kind is DagsterEventType.RUN_SUCCESS else self._why(data)

    def record(self, run: dg.DagsterRun) -> RunRecord:
        ended = self.ended or self.began
        return RunRecord(
            run_id=run.run_id,
            job=run.job_name.strip("_").lower(),
            began=self.began,
            ended=ended,
            outcome=self.outcome,
            error=self.error,
            parent_run_id=run.tags.get(PARENT_RUN_ID_TAG, ""),
            made=tuple(_made(key, events, self.steps) for key, events in self.made.items()),
            failed=tuple(self._failed(ended)),
            checks={
                key: (max(at for at, _ in checks.values()), tuple(check for _, check in checks.values()))
                for key, checks in self.checks.items()
            },
        )

    def _failed(self, ended: float) -> Iterator[FailedAsset]:
        """Planned, begun, and not made."""
        for key, step in self.planned.items():
            if key not in self.made and step in self.steps and self.outcome != SUCCEEDED:
                at, error = self.broken.get(step, (ended, self.error))
                yield FailedAsset(key, self.steps[step], at, error)

    def _why(self, data: Any) -> str:
        broken = [error for _, error in self.broken.values()]
        return broken[0] if broken else _kind_of(getattr(data, "error", None))


def _node(node: Any) -> AssetNode:
    return AssetNode(
        key=_name(node.key),
        parents=tuple(sorted(map(_name, node.parent_keys))),
        description=node.description or "",
        owners=tuple(node.owners),
        kinds=tuple(sorted(node.kinds)),
        columns=_columns(node.metadata),
        is_made=node.is_materializable,
    )


def _made(key: str, events: list[tuple[float, str, Any]], steps: Mapping[str, float]) -> MadeAsset:
    """Of several partitions: what the last one says, and the lineage that one of them tells."""
    at, step, last = events[-1]
    partitions = [one.partition for _, _, one in events if one.partition is not None]
    return MadeAsset(
        key=key,
        began=min(steps.get(step, at), events[0][0]),
        ended=at,
        rows=rows_of(last.metadata),
        bytes=_number(last.metadata, "bytes"),
        partitions=(min(partitions), max(partitions)) if partitions else None,
        partition_count=len(set(partitions)),
        columns=_columns(last.metadata),
        column_edges=next((found for _, _, one in reversed(events) if (found := column_edges(one.metadata))), {}),
        version=(last.tags or {}).get(DATA_VERSION_TAG, ""),
        model=_model(last.metadata) if key.startswith("models/") else {},
        model_version=_number(last.metadata, "model_version"),
    )


def column_edges(metadata: Mapping[str, Any]) -> ColumnEdges:
    """Which columns the columns of a materialization are made from, as Dagster's own metadata tell."""
    if LINEAGE not in metadata:
        return {}
    return {
        column: tuple((_name(one.asset_key), one.column_name) for one in origins)
        for column, origins in metadata[LINEAGE].value.deps_by_column.items()
    }


def _columns(metadata: Mapping[str, Any]) -> tuple[Column, ...]:
    if SCHEMA not in metadata:
        return ()
    schema = metadata[SCHEMA]
    columns = getattr(schema, "schema", schema).columns
    return tuple(Column(one.name, one.type or "", one.description or "") for one in columns)


def _model(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Of the registered version: `champion` in metadata is that number, or whether it is this one."""
    number = _number(metadata, "version")
    if number is None:
        return {}
    champion = metadata["champion"].value if "champion" in metadata else None
    is_champion = champion if isinstance(champion, bool) or champion is None else champion == number
    texts = {name: str(metadata[name].value) for name in ("sha256", "data_digest", "trained_on") if name in metadata}
    return {"version": number, "champion": is_champion, **{name: text for name, text in texts.items() if text}}


def _number(metadata: Mapping[str, Any], name: str) -> int | None:
    value = metadata[name].value if name in metadata else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _kind_of(error: Any) -> str:
    """The kind of error that a person's code raised, never its text."""
    while error is not None and error.cause is not None:
        error = error.cause
    return (error.cls_name if error is not None else "") or "the run was ended"


def _name(key: dg.AssetKey) -> str:
    return "/".join(key.path)
