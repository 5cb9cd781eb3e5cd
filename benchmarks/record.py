"""How a figure is kept: measured value, the promise it is held against, and the machine that gave it."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Result:
    """One figure. `limit` is the most that the issue allows; `within` says whether it holds."""

    what: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def within(self) -> bool | None:
        return None if self.limit is None else self.value <= self.limit


def save(name: str, rows: list[Result]) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    record = {
        "benchmark": name,
        "measured_on": date.today().isoformat(),
        "machine": {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version()},
        "results": [{**asdict(row), "value": round(row.value, 3), "within": row.within} for row in rows],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(record, indent=2) + "\n")


def show(rows: list[Result]) -> None:
    for row in rows:
        limit = "" if row.limit is None else f"  (at most {row.limit:g}{' ✓' if row.within else ' ✗'})"
        print(f"  {row.what:<44} {row.value:10.2f} {row.unit}{limit}")
