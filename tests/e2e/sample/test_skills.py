"""The commands of AGENTS.md and of the skills, run on the shared home; what changes anything, on a home of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, snippets
from tests.e2e.conftest import Home, make_home, remove

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]
SKILLS = sorted((ROOT / "skills").glob("*/SKILL.md"))
SPANS = re.findall(r"`([^`\n]+)`", (ROOT / "AGENTS.md").read_text())
# Run elsewhere: a server (test_mcp), and what makes the graph or files of the project anew (test_run, test_metrics).
ELSEWHERE = ("mcp", "run", "metrics views")
LOOKING = sorted({one.removeprefix("aieco ") for one in SPANS if one.startswith("aieco ")})


def shell(home: Home, code: str, **variables: str) -> str:
    places = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**home.environment, "PATH": places, "COLUMNS": "200", **variables}
    command = ["bash", "-euo", "pipefail", "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, f"{code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_a_skill_says_what_it_is_for_and_every_command_of_it_is_run_by_a_test() -> None:
    assert [path.parent.name for path in SKILLS] == ["add-a-model", "add-a-source", "debug-a-run"]
    for path in SKILLS:
        head = re.match(r"---\nname: (.+)\ndescription: (.+)\n---\n", path.read_text())
        assert head is not None and head[1] == path.parent.name and "Use when" in head[2]
        assert f"({path.relative_to(ROOT)})" in (ROOT / "AGENTS.md").read_text()


@pytest.mark.parametrize("command", [one for one in LOOKING if not one.startswith(ELSEWHERE)])
def test_a_command_of_agents_md_that_looks_ends_well(filled: Home, command: str) -> None:
    assert shell(filled, f"aieco {command.replace('…', 'What was our revenue in 2011?')}").strip()


def test_debugging_a_run_looks_and_changes_nothing(filled: Home) -> None:
    before = filled.rows("select count(*) from registry.alias_moves")
    codes = [one.code for one in snippets(ROOT / "skills/debug-a-run/SKILL.md") if one.kind == "sh"]
    assert len(codes) == 4
    for code in codes:
        shell(filled, code)
    assert filled.rows("select count(*) from registry.alias_moves") == before


def test_a_source_is_added_as_the_skill_says(tmp_path: Path) -> None:
    sales, documents = tmp_path / "sales", tmp_path / "documents"
    sales.mkdir()
    documents.mkdir()
    lines = [f"{1000 + n};{1 + n % 28}.03.2026;A{n % 7};Tea {n % 7};{1 + n % 3};2,50;K{n % 9}" for n in range(60)]
    header = "Beleg;Datum;Artikel;Bezeichnung;Menge;Preis;Kunde"
    (sales / "march.csv").write_text("\n".join([header, *lines]) + "\n")
    (documents / "opening.md").write_text("# Opening hours\n\nThe shop opens at 9:15 on Saturdays.\n")
    home = make_home()
    try:
        codes = [one.code for one in snippets(ROOT / "skills/add-a-source/SKILL.md") if one.kind == "sh"]
        names = {"SALES": str(sales), "DOCUMENTS": str(documents), "NEW_HOME": str(home.path)}
        said = [shell(home, code, **names) for code in codes]
        assert len(said) == 4
        assert (sales / "shop.yaml").is_file() and "9:15" in said[1]
        assert "opening.md" in said[3] and '"lake/transactions"' in said[3]

        # A shop as young as this one ends well too: every model says what it waits for, and nothing is left to do.
        home.variables |= {"AIECO_DOCUMENTS": str(documents), "AIECO_TRANSACTIONS": str(sales)}
        assert "Nothing changed since the last run" in shell(home, "aieco run")
        status = {asset["key"]: asset for asset in home.json("status")["assets"]}
        assert "has none: no month is complete yet" in status["models/clv"]["waits"]
        assert status["predictions/customers"]["status"] == "missing"
        assert "failed" not in {asset["status"] for asset in status.values()}
    finally:
        remove(home)
