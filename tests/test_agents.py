"""What AGENTS.md tells people and programs to call is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aieco_assets.cli import app

ROOT = Path(__file__).parents[1]
SPANS = re.findall(r"`([^`\n]+)`", (ROOT / "AGENTS.md").read_text())
COMMANDS = sorted({span.split("aieco ", 1)[1] for span in SPANS if span.startswith("aieco ")})
TARGETS = sorted({name for span in SPANS for call in re.findall(r"make ([a-z ]+)", span) for name in call.split()})


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_its_options(command: str) -> None:
    names = re.sub(r'"[^"]*"|\'[^\']*\'', "", command).split()
    words, options = [one for one in names if one[0] != "-"], [one for one in names if one[0] == "-"]
    result = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert result.exit_code == 0, result.output
    assert [one for one in options if one not in result.output] == []


def test_each_target_of_make_is_there() -> None:
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(COMMANDS) > 5 and {*TARGETS} <= {*targets}


def test_each_link_leads_to_a_file() -> None:
    for page in ("AGENTS.md", "SECURITY.md", "CHANGELOG.md"):
        links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text())
        assert [one for one in links if not (ROOT / one).is_file()] == []
