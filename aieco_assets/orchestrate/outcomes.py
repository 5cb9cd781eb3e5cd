"""What became of a run, in words of our own: no import of Dagster, which takes seconds that a refusal need not wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass
class AssetOutcome:
    """One line of `aieco run --json`. `waits`: what an asset needs that was made empty though nothing is wrong."""

    key: str
    status: str = "waiting"
    seconds: float = 0.0
    rows: int | None = None
    reason: str = ""
    waits: str = ""


# Called with "started", "finished" or "failed", and the asset's outcome so far; or with "warned", and the asset's name
# and the reason alone.
Listener = Callable[[str, AssetOutcome], None]
# Asset or check, and one sentence.
Failure = tuple[str, str]


@dataclass
class Outcome:
    """What became of a plan. `error` is the first failure: asset or check, and one sentence. `refused`: why what is
    made from transactions was left as it is."""

    assets: dict[str, AssetOutcome]
    error: Failure | None = None
    refused: str = ""


def run_log(home: Path) -> Path:
    """What libraries and dbt print during a run of this home."""
    return home / "logs" / "run.log"
