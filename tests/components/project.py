"""A copy of the project in which things are scaffolded, as whoever cloned it would."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Commands are forked off a process that has what each of them imports, which takes it four of its five seconds.
FORKED = """
import contextlib, gc, io, json, os, sys
gc.disable()
import dagster_aws.components, dagster_dbt
from dagster_dbt.components.dbt_project import component
from dagster_dg_cli.cli import main
commands, sys.argv = json.loads(sys.argv[1]), ["dg", "check", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
for command in commands:
    print("$", *command, flush=True)
    child = os.fork()
    if child == 0:
        sys.argv = command
        sys.exit(main())
    if ended := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit(ended)
"""


class Project:
    """The tree at `path`, without what was built in it, and commands run there on a home without a server."""

    def __init__(self, path: Path) -> None:
        self.path = path
        for name in ("aieco_assets", "dbt_project", "policies"):
            ignored = shutil.ignore_patterns("target", "logs", ".*")  # what is compiled need not be compiled again
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

    def dg(self, *codes: str) -> None:
        """Shell code that is commands of dg, a line each; the test fails where one does."""
        lines = "\n".join(codes).replace("\\\n", " ").splitlines()
        commands = [shlex.split(line) for line in lines if line.strip()]
        assert {command[0] for command in commands} == {"dg"}
        done = self.run("python", "-c", FORKED, json.dumps(commands))
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
