"""A literal graph with a run and an answer, and a history that holds them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from openlineage.client import facet_v2
from openlineage.client.event_v2 import (
    DatasetEvent,
    InputDataset,
    Job,
    JobEvent,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
    StaticDataset,
)

from aieco_assets.core.lineage import custom_facets
from aieco_assets.core.lineage.records import (
    FAILED,
    SUCCEEDED,
    AssetNode,
    Check,
    Column,
    FailedAsset,
    MadeAsset,
    RunRecord,
)

NAMESPACE = "aieco"
NODES = [
    AssetNode("lake/lines", (), "Lines.", ("team:data-platform",), ("parquet",), is_made=False),
    AssetNode(
        "marts/orders",
        ("lake/lines",),
        "Orders. Grain: one order.",
        ("team:data-platform",),
        ("dbt", "postgres"),
        (Column("order_id", "text", "Number."), Column("amount", "numeric")),
    ),
    AssetNode("models/clv", ("marts/orders",), kinds=("mlflow",)),
    AssetNode("predictions/customers", ("marts/orders", "models/clv")),
]
RUN = RunRecord(
    run_id="0ad13f32-90c5-4e9c-a4e0-3d9b3a7a9d60",
    job="retail_day",
    began=1_764_200_000.0,
    ended=1_764_200_060.0,
    outcome=SUCCEEDED,
    made=(
        MadeAsset(
            "marts/orders",
            1_764_200_001.0,
            1_764_200_010.0,
            rows=12,
            bytes=345,
            partitions=("2025-11-01", "2025-11-26"),
            partition_count=26,
            column_edges={"amount": (("lake/lines", "price"), ("lake/lines", "quantity"))},
            version="abc",
        ),
        MadeAsset(
            "models/clv",
            1_764_200_011.0,
            1_764_200_020.0,
            model={"version": 3, "champion": True, "sha256": "f" * 64, "data_digest": "d" * 64},
        ),
        MadeAsset("predictions/customers", 1_764_200_021.0, 1_764_200_030.0, rows=7, model_version=3),
    ),
    checks={
        "marts/orders": (1_764_200_012.0, (Check("amounts_add_up", True, True), Check("few_returns", False, False)))
    },
)
BROKEN = RunRecord(
    run_id="51ad4f32-90c5-4e9c-a4e0-3d9b3a7a9d60",
    job="retail_day",
    began=1_764_300_000.0,
    ended=1_764_300_060.0,
    outcome=FAILED,
    error="UniqueViolation",
    parent_run_id=RUN.run_id,
    failed=(FailedAsset("marts/orders", 1_764_300_001.0, 1_764_300_010.0, "UniqueViolation"),),
)


@dataclass
class LiteralHistory:
    """Ends of runs by number; `broken`: what reading a run raises."""

    runs: dict[int, RunRecord] = field(default_factory=lambda: {10: RUN, 20: BROKEN})
    graph: list[AssetNode] = field(default_factory=lambda: list(NODES))

    def nodes(self) -> list[AssetNode]:
        return self.graph

    def ended(self, after: int, limit: int) -> list[tuple[int, str]]:
        return [(number, run.run_id) for number, run in sorted(self.runs.items()) if number > after][:limit]

    def run(self, run_id: str) -> RunRecord | None:
        return next((run for run in self.runs.values() if run.run_id == run_id), None)


def rebuilt(event: dict[str, Any]) -> dict[str, Any]:
    """The event through the generated classes of OpenLineage, facets included, which refuse what the schema does."""
    from openlineage.client.serde import Serde

    common = {"eventTime": event["eventTime"], "producer": event["producer"]}
    if "dataset" in event:
        return Serde.to_dict(DatasetEvent(dataset=_dataset(StaticDataset, event["dataset"]), **common))
    parts: dict[str, Any] = {
        "job": Job(event["job"]["namespace"], event["job"]["name"], facets=_facets(event["job"]["facets"])),
        "inputs": [_dataset(InputDataset, one) for one in event["inputs"]],
        "outputs": [_dataset(OutputDataset, one) for one in event["outputs"]],
    }
    if "run" not in event:
        return Serde.to_dict(JobEvent(**parts, **common))
    run = Run(event["run"]["runId"], facets=_facets(event["run"]["facets"]))
    return Serde.to_dict(RunEvent(run=run, eventType=RunState[event["eventType"]], **parts, **common))


def _dataset(kind: Any, one: dict[str, Any]) -> Any:
    inner = {name: _facets(one[name]) for name in ("inputFacets", "outputFacets") if name in one}
    return kind(one["namespace"], one["name"], facets=_facets(one.get("facets", {})), **inner)


def _facets(given: dict[str, Any]) -> dict[str, Any]:
    return {name: _facet(one) for name, one in given.items()}


def _facet(one: dict[str, Any]) -> Any:
    """By the name in its `_schemaURL`, which every facet has to have."""
    kind = _classes()[one["_schemaURL"]]
    values = {name: value for name, value in one.items() if not name.startswith("_")}
    made = kind(**values)
    assert made._schemaURL == one["_schemaURL"]
    return made


@functools.cache
def _classes() -> dict[str, Any]:
    return {kind._get_schema(): kind for module in (facet_v2, custom_facets) for kind in _kinds(module)}


def _kinds(module: Any) -> Iterator[Any]:
    for name in dir(module):
        one = getattr(module, name)
        if isinstance(one, type) and hasattr(one, "_get_schema"):
            yield one
        elif hasattr(one, "__name__") and "openlineage.client.generated" in str(getattr(one, "__name__", "")):
            yield from _kinds(one)
