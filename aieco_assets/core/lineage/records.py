"""What lineage events are made from: the graph, a run and what it made, an answer. Nothing here knows Dagster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

# Column of this asset -> (asset, column) that it is made from.
ColumnEdges = Mapping[str, tuple[tuple[str, str], ...]]
# How a run ended.
SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"


@dataclass(frozen=True)
class Column:
    name: str
    type: str = ""
    description: str = ""


@dataclass(frozen=True)
class AssetNode:
    """An asset of the graph. `parents`: what it is made from; `is_made`: by us, or it lies outside."""

    key: str
    parents: tuple[str, ...] = ()
    description: str = ""
    owners: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    is_made: bool = True


@dataclass(frozen=True)
class Check:
    """An evaluation of an asset check: its name and verdict. What it found in the data stays in the house."""

    name: str
    passed: bool
    is_blocking: bool


@dataclass(frozen=True)
class MadeAsset:
    """What one run made of one asset. Times are epoch seconds.

    `partitions`: first and last, None without; of how many. `model`: facts of the registered version, of a model.
    `model_version`: by which version of its model a prediction was made. `version`: Dagster's data version.
    """

    key: str
    began: float
    ended: float
    rows: int | None = None
    bytes: int | None = None
    partitions: tuple[str, str] | None = None
    partition_count: int = 0
    columns: tuple[Column, ...] = ()
    column_edges: ColumnEdges = field(default_factory=dict)
    version: str = ""
    model: Mapping[str, Any] = field(default_factory=dict)
    model_version: int | None = None


@dataclass(frozen=True)
class FailedAsset:
    """`error`: the kind of error alone, whose text may hold rows of the data."""

    key: str
    began: float
    ended: float
    error: str


@dataclass(frozen=True)
class RunRecord:
    """A run that is over. `checks` by asset, each with the time of the last evaluation."""

    run_id: str
    job: str
    began: float
    ended: float
    outcome: str
    error: str = ""
    parent_run_id: str = ""  # of the run that this one tries again
    made: tuple[MadeAsset, ...] = ()
    failed: tuple[FailedAsset, ...] = ()
    checks: Mapping[str, tuple[float, tuple[Check, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Cited:
    """A place that an answer quotes. `document`, `sha256` and `quote` are empty where not everyone may read the
    document, and `quote` where the page is not there any more."""

    document: str
    sha256: str
    page: int
    start: int
    end: int
    quote: str


@dataclass(frozen=True)
class AnswerRecord:
    """An answer of service.inference_log; `sequence`: of its row in the audit log. `question` and quotes are masked."""

    sequence: int
    trace_id: str
    asked_at: float
    seconds: float
    question: str
    outcome: str
    verified: bool
    abstained: bool
    arm: str
    knowledge_version: int | None
    models: Mapping[str, str]
    versions: Mapping[str, int]
    citations: int
    cited: tuple[Cited, ...]


class History(Protocol):
    """What the orchestrator knows, as the shipping reads it."""

    def nodes(self) -> list[AssetNode]:
        """The graph as it is now."""
        ...

    def ended(self, after: int, limit: int) -> list[tuple[int, str]]:
        """Ends of runs with a higher number than `after`, lowest first: the number, and the run's id."""
        ...

    def run(self, run_id: str) -> RunRecord | None:
        """None when the run was deleted."""
        ...
