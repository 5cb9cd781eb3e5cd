"""schemathesis against a running service: cases made of its own OpenAPI document, sent over the wire."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ALL = "examples,coverage,fuzzing"  # schemathesis' phases
# Each question that is one costs the language model's time: these operations get fewer cases.
ASKING = ("/answer", "/v1/chat/completions")


@dataclass(frozen=True)
class Fuzzed:
    """How many cases were sent, to how many operations, and what was wrong with them, in schemathesis' words."""

    cases: int
    operations: int
    problems: list[str]


def fuzz(url: str, key: str, folder: Path, examples: int, asking: bool, phases: str = ALL, seed: int = 1) -> Fuzzed:
    """`asking`: the operations that ask the language model, or all others. Each gets up to `examples` random cases,
    and in the phases before that what its schema calls for: each limit and what lies beyond, each field left out.

    The same seed gives the same cases. A 5xx is a problem, and so is a case that could not be sent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report, chosen = folder / "report.json", "--include-path" if asking else "--exclude-path"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/openapi.json", "--no-color"),
        *("--header", f"Authorization: Bearer {key}", "--checks", "not_a_server_error"),
        *("--phases", phases, "--max-examples", str(examples), "--seed", str(seed)),
        *("--generation-database", "none", "--generation-allow-x00", "true", "--continue-on-failure"),
        *("--suppress-health-check", "all", "--warnings", "off", "--request-timeout", "60"),
        *("--report", "json", "--report-json-path", str(report)),
    ]
    for path in ASKING:
        command += [chosen, path]
    finished = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=3_600)
    if not report.is_file():
        raise AssertionError(f"schemathesis ended with {finished.returncode}:\n{finished.stdout}\n{finished.stderr}")
    said = json.loads(report.read_text())
    problems = [f"{one['title']} ({one['count']})" for one in [*said["failures"], *said["errors"]]]
    (folder / "said.txt").write_text(finished.stdout)
    assert said["complete"], finished.stdout
    return Fuzzed(said["test_cases"]["generated"], said["operations"]["tested"], problems)
