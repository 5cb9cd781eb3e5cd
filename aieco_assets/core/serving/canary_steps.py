"""The share of a candidate that grows in steps: `service.canaries`, which all processes of a service go by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect


@dataclass(frozen=True)
class CanarySteps:
    """Where a candidate stands. `steps`: shares in percent; `step`: of these, counted from 0."""

    named_by: int
    steps: Sequence[int]
    step: int
    succeeded: bool

    @property
    def share(self) -> float:
        return self.steps[self.step] / 100


def begin(settings: Settings, named_by: int, candidate: Mapping[str, int], steps: Sequence[int]) -> None:
    """Has the candidate that an alias move named begin at the first step; one that has begun goes on."""
    from psycopg.types.json import Jsonb

    with connect(settings.warehouse) as connection:
        connection.execute(
            "insert into service.canaries (named_by, candidate, steps) values (%s, %s, %s) on conflict do nothing",
            (named_by, Jsonb(dict(candidate)), list(steps)),
        )


def read_steps(settings: Settings, named_by: int) -> CanarySteps | None:
    """None for a candidate whose share is that of the settings."""
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            "select named_by, steps, step, succeeded_at is not null from service.canaries where named_by = %s",
            (named_by,),
        ).fetchone()
    return CanarySteps(*row) if row else None


def pass_step(settings: Settings, at: CanarySteps, answers: int) -> CanarySteps:
    """The next step, or success after the last; where another process was quicker, where it stands now."""
    last = at.step + 1 >= len(at.steps)
    with connect(settings.warehouse) as connection:
        connection.execute(
            "update service.canaries set answers = answers + %s, reached_at = now(), step = %s,"
            " succeeded_at = case when %s then now() end"
            " where named_by = %s and step = %s and succeeded_at is null",
            (answers, at.step if last else at.step + 1, last, at.named_by, at.step),
        )
    return read_steps(settings, at.named_by) or at
