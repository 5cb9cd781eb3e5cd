"""How long a plan will take, by what its steps took in this home before."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

from aieco_assets.core.stack.run_process import PID_TAG
from aieco_assets.orchestrate.instance import Workplace
from aieco_assets.orchestrate.phases import Phase, behind

_RUNS = 60  # successful ones that are looked back on
_WORKERS = 2  # processes that `aieco run` works with


@dataclass(frozen=True)
class Took:
    """One time that a step ran: seconds, over how many partitions (1 without any)."""

    seconds: float
    partitions: int = 1


@dataclass(frozen=True)
class Measured:
    """`steps`: the last times of each step, latest first. `overhead`: seconds of a run beside its steps, of most runs.
    `imports`: the same of the last run of just these steps, where it is known: what a step imports (dbt, scikit-learn)
    counts as the run's time and not as the step's."""

    steps: Mapping[str, Sequence[Took]]
    overhead: float = 0.0
    imports: Mapping[frozenset[str], float] = field(default_factory=dict)

    def beside(self, steps: Iterable[str]) -> float:
        """Seconds of a run of these assets' steps that are not the steps' own."""
        made = frozenset(steps)
        alike = [ran for ran in self.imports if made <= ran]  # with the steps of their checks
        return self.imports[min(alike, key=len)] if alike else self.overhead

    def seconds(self, step: str, partitions: int) -> float | None:
        """Of the time when about as many partitions were made, the latest of equals; None for a step never run."""
        known = self.steps.get(step)
        if not known:
            return None
        return min(known, key=lambda took: abs(math.log(took.partitions / max(1, partitions)))).seconds


def measured(workplace: Workplace) -> Measured:
    """From the event log: the last successful runs of this home."""
    found: dict[str, list[Took]] = {}
    beside: dict[frozenset[str], float] = {}
    every: list[float] = []
    wanted = dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS])
    records = workplace.instance.get_run_records(filters=wanted, limit=_RUNS)
    steps = step_seconds(workplace.instance, [record.dagster_run.run_id for record in records])
    for record in records:
        run = record.dagster_run
        first, last = run.tags.get(ASSET_PARTITION_RANGE_START_TAG), run.tags.get(ASSET_PARTITION_RANGE_END_TAG)
        took = steps.get(run.run_id, {})
        for step, seconds in took.items():
            found.setdefault(step, []).append(Took(seconds, partitions_of(first, last)))
        if record.start_time and record.end_time:
            # A queued run waits for the daemon; one that `aieco run` made begins as soon as its process gets to it.
            began = record.create_timestamp.timestamp() if PID_TAG in run.tags else record.start_time
            every.append(max(0.0, record.end_time - began - sum(took.values())))
            beside.setdefault(frozenset(took), every[-1])
    return Measured(found, statistics.median_low(every) if every else 0.0, beside)


def step_seconds(instance: dg.DagsterInstance, runs: Sequence[str]) -> dict[str, dict[str, float]]:
    """By run, what each of its steps took that succeeded. Of the event log's columns alone: Dagster's own statistics
    read every event of every run, which took most of the time of a plan after its imports."""
    log = SqlEventLogStorageTable.c
    began, ended = dg.DagsterEventType.STEP_START.value, dg.DagsterEventType.STEP_SUCCESS.value
    query = sa.select(log.step_key, log.dagster_event_type, log.timestamp).order_by(log.id)
    query = query.where(log.dagster_event_type.in_([began, ended]))
    storage: Any = instance.event_log_storage
    found: dict[str, dict[str, float]] = {}
    for run in runs:
        with storage.run_connection(run) as connection:
            rows = connection.execute(query.where(log.run_id == run)).fetchall()
        starts: dict[str, datetime] = {}
        for step, kind, moment in rows:
            if kind == began:
                starts[step] = moment  # of the last attempt
            elif step in starts:
                found.setdefault(run, {})[step] = (moment - starts[step]).total_seconds()
    return found


def partitions_of(first: str | None, last: str | None) -> int:
    """Days from `2025-01-04` to `2025-01-31`, months from `2025-01` to `2025-03`; 1 without a range."""
    if not first or not last:
        return 1
    form = "%Y-%m-%d" if first.count("-") == 2 else "%Y-%m"
    start, end = datetime.strptime(first, form), datetime.strptime(last, form)
    months = (end.year - start.year) * 12 + end.month - start.month
    return max(1, (end - start).days + 1 if form.endswith("%d") else months + 1)


def phase_seconds(workplace: Workplace, phase: Phase, known: Measured) -> tuple[float | None, list[str]]:
    """(seconds of one run, keys of the assets that no run of this home has made). None where nothing is known."""
    count = partitions_of(*phase.partition_range) if phase.partition_range else 1
    steps: dict[str, list[str]] = {}
    for key in phase.keys:
        steps.setdefault(workplace.graph.assets_def_for_key(key).op.name, []).append(key.to_user_string())
    told = {step: known.seconds(step, count) for step in steps}
    unknown = [key for step, seconds in told.items() if seconds is None for key in steps[step]]
    sure = [seconds for seconds in told.values() if seconds is not None]
    return (sum(sure) + known.beside(steps) if sure else None), sorted(unknown)


def wall_seconds(phases: Sequence[Phase], seconds: Iterable[float]) -> float:
    """From the first phase's begin to the last one's end: each worker takes the next that may begin, of several the
    one that most others wait for."""
    took, waited, ends = list(seconds), behind(list(phases)), dict[int, float]()
    free = [0.0] * _WORKERS
    left = set(range(len(phases)))
    while left:
        now = min(free)
        ready = [at for at in left if all(ends.get(one, math.inf) <= now for one in phases[at].after)]
        if not ready:
            later = [end for end in ends.values() if end > now]
            free[free.index(now)] = min(later)
            continue
        chosen = max(ready, key=lambda at: (waited[at], -at))
        ends[chosen] = now + took[chosen]
        free[free.index(now)] = ends[chosen]
        left.discard(chosen)
    return max(ends.values(), default=0.0)
