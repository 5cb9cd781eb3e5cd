"""Where a model version comes from: the code, the Dagster run, the MLflow run."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Provenance:
    """Who asked for a model: the Dagster run, and the MLflow run under which the training is shown."""

    dagster_run_id: str = ""
    parent_run_id: str = ""


@lru_cache(maxsize=1)
def git_commit() -> str:
    """Commit of the checkout that this code runs from, or `unknown` outside one."""
    try:
        found = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return found.stdout.strip() if found.returncode == 0 else "unknown"
