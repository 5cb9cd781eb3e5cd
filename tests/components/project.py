"""A copy of the project in which things are scaffolded, as whoever cloned it would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Project:
    """The tree at `path`, without what was built in it, and commands run there on a home without a server."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in ("aieco_assets", "dbt_project", "policies"):
            ignored = shutil.ignore_patterns("__pycache__", "target", "logs", ".*")
            shutil.copytree(ROOT / name, path / name, ignore=ignored)
        for name in ("pyproject.toml", "dagster.yaml"):
            shutil.copy(ROOT / name, path / name)
        self.home = path / "home"
        (self.home / "dagster").mkdir(parents=True)
        # What `aieco env` names: no Postgres is needed to load the graph, and telemetry is off.
        (self.home / "dagster" / "dagster.yaml").write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n")

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AIECO_")}
        environment = {
            **kept,
            "AIECO_HOME": str(self.home),
            "DAGSTER_HOME": str(self.home / "dagster"),
            "DAGSTER_DISABLE_TELEMETRY": "yes",
            "HOME": str(self.home),
            "PYTHONPATH": str(self.path),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "200",
            "TERM": "dumb",
        }
        return subprocess.run(command, cwd=self.path, env=environment, capture_output=True, text=True, timeout=900)

    def shell(self, code: str) -> str:
        """What commands print; the test fails where one does."""
        done = self.run("bash", "-euo", "pipefail", "-c", code)
        assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr
