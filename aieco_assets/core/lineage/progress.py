"""How far events have been shipped to each destination, and how it goes there: rows of governance.lineage."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

RETRY_MINUTES = (1, 2, 5, 15, 60)  # the last one for as long as it takes


@dataclass
class Progress:
    """The row of a destination, as sql/66_lineage.sql describes it. `runs_lately`: ascending."""

    destination: str
    runs_until: int = 0
    runs_lately: list[int] = field(default_factory=list)
    answers_until: int = 0
    graph: str = ""
    part: str = ""
    part_taken: int = 0
    taken: int = 0
    refused: int = 0
    refused_reason: str = ""
    taken_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    reason: str = ""
    next_try: datetime | None = None


_NAMES = [one.name for one in fields(Progress)]


def read_progress(settings: Settings, destination: str) -> Progress:
    """A destination that was never shipped to begins at the beginning."""
    with connect(settings.warehouse) as connection:
        row = connection.execute(
            f"select {', '.join(_NAMES)} from governance.lineage"  # noqa: S608 - names of our own
            " where destination = %s".encode(),
            (destination,),
        ).fetchone()
    return Progress(*row) if row else Progress(destination)


def write_progress(settings: Settings, progress: Progress) -> None:
    from psycopg.types.json import Jsonb

    values: dict[str, Any] = {**asdict(progress), "runs_lately": Jsonb(progress.runs_lately)}
    marks = ", ".join(f"%({name})s" for name in _NAMES)
    new = ", ".join(f"{name} = excluded.{name}" for name in _NAMES[1:])
    with connect(settings.warehouse) as connection:
        connection.execute(
            f"insert into governance.lineage ({', '.join(_NAMES)}) values ({marks})"  # noqa: S608 - names of our own
            f" on conflict (destination) do update set {new}".encode(),
            values,
        )
