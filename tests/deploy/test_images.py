"""deploy/images: the Containerfile as hadolint sees it, and what it has to agree with elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from aieco_assets.core.settings import Settings

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "images"
TEXT = (FOLDER / "Containerfile").read_text()
# Stage and what is in it, of the images that are meant to be run.
STAGES = dict(re.findall(r"^FROM \S+ AS (llm|service|graph)\n(.*?)(?=^FROM|\Z)", TEXT, re.MULTILINE | re.DOTALL))


def test_hadolint_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    # DL3008, versions of Debian's packages: its archive drops a version with the next security update.
    found = subprocess.run([hadolint, "--ignore", "DL3008", FOLDER / "Containerfile"], capture_output=True, text=True)

    assert (found.returncode, found.stdout) == (0, "")


def test_every_image_runs_as_a_user_without_rights_has_a_health_check_and_its_sbom() -> None:
    of = {"llm": "llm_port", "service": "service_port", "graph": "dagster_port"}
    ports = {name: Settings.model_fields[port].default for name, port in of.items()}

    assert STAGES.keys() == ports.keys()
    for name, stage in STAGES.items():
        assert re.findall(r"^USER (.*)$", stage, re.MULTILINE) == ["10001"], name
        assert re.search(rf"^HEALTHCHECK .*\n.*127\.0\.0\.1:{ports[name]}/", stage, re.MULTILINE), name
        assert f"COPY --from={name}-dependencies /usr/share/aieco /usr/share/aieco" in stage


def test_bases_are_pinned_by_digest_and_versions_are_those_of_the_project() -> None:
    bases = re.findall(r"docker\.io/\S+", TEXT)

    assert len(bases) == 2
    assert all(re.fullmatch(r"\S+:[\w.-]+@sha256:[0-9a-f]{64}", base) for base in bases)
    (uv,) = re.findall(r"^UV_VERSION := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert f"ARG UV_VERSION={uv}\n" in TEXT


def test_what_the_language_model_needs_is_locked() -> None:
    named = [re.sub(r"\[.*", "", line) for line in (FOLDER / "llm.txt").read_text().split("\n") if line[:1].isalpha()]
    locked = {line.partition("==")[0].strip() for line in (ROOT / "requirements.lock").read_text().split("\n")}

    assert len(named) > 10
    assert [name for name in named if name not in locked] == []


def test_only_what_is_copied_gets_to_the_engine() -> None:
    lines = (ROOT / ".containerignore").read_text().split("\n")
    let_in = {line[1:] for line in lines if line.startswith("!")}
    copied = {
        word.split("/")[0] if not word.startswith("deploy/") else "deploy/images"
        for words in re.findall(r"^COPY (?!--)(.*)$", TEXT, re.MULTILINE)
        for word in words.split()[:-1]
    }

    assert "*" in lines
    assert "**/.env*" in lines  # beside a source it would be in a layer
    assert copied == let_in
    assert (FOLDER / "Containerfile.dockerignore").read_text() == (ROOT / ".containerignore").read_text()


def entered(folder: Path, aieco: str, *command: str) -> subprocess.CompletedProcess[str]:
    """The entrypoint with a stand-in for `aieco`, which prints variables or ends badly."""
    program = folder / "aieco"
    program.write_text(f"#!/bin/sh\n{aieco}\n")
    program.chmod(0o755)
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run(
        ["sh", FOLDER / "entrypoint.sh", *command], env=environment, capture_output=True, text=True, timeout=60
    )


def test_a_command_has_the_environment_of_the_platform(tmp_path: Path) -> None:
    found = entered(tmp_path, "echo \"export PGHOST='data base'\"", "sh", "-c", 'echo "$PGHOST $1"', "-", "a  b")

    assert (found.returncode, found.stdout) == (0, "data base a  b\n")


def test_no_command_runs_without_it(tmp_path: Path) -> None:
    found = entered(tmp_path, "echo 'aieco: No Postgres.' >&2; exit 1", "echo", "started")

    assert (found.returncode, found.stdout, found.stderr) == (1, "", "aieco: No Postgres.\n")


def test_aieco_makes_its_own(tmp_path: Path) -> None:
    assert entered(tmp_path, 'echo "ran $*"', "aieco", "run").stdout == "ran run\n"
