"""checkov's policies, with what is not followed and why (deploy/checkov.yaml). Under AIECO_DEPLOY=1: half a minute."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.conftest import CHART, ROOT, SETS, Helm, values_of

pytestmark = pytest.mark.skipif(not os.environ.get("AIECO_DEPLOY"), reason="make deploy-check")
RULES = ROOT / "deploy" / "checkov.yaml"
NOT_FOLLOWED: dict[str, str] = yaml.safe_load(RULES.read_text())


def findings(tools: Path, framework: str, *where: str) -> tuple[set[str], int]:
    """What is not followed without a reason, and how many checks passed."""
    command = [tools / "python", tools / "checkov", *where, "--framework", framework, "-o", "json", "--quiet"]
    # No question is asked of the vendor's server.
    done = subprocess.run([*command, "--skip-download"], capture_output=True, text=True, cwd=ROOT)
    report = json.loads(done.stdout)
    assert not report["results"].get("parsing_errors"), report["results"]["parsing_errors"]
    failed = {f"{one['check_id']} {one['resource']}: {one['check_name']}" for one in report["results"]["failed_checks"]}
    unexplained = {
        one for one in failed if not any(f"{one}.".startswith((f"{key} ", f"{key}.")) for key in NOT_FOLLOWED)
    }
    return unexplained, report["summary"]["passed"]


@pytest.mark.parametrize("name", SETS)
def test_the_chart_follows_the_policies(helm: Helm, tools: Path, tmp_path: Path, name: str) -> None:
    # As deploy/README.md tells production to do, and Terraform does.
    images = {one: {"digest": f"sha256:{'0' * 64}"} for one in ("graph", "service", "llm")}
    objects = helm({"chart": str(CHART), "values": {"it": {**values_of(name), "images": images}}})["it"]["objects"]
    file = tmp_path / "rendered.yaml"
    file.write_text(yaml.safe_dump_all(objects))
    wrong, passed = findings(tools, "kubernetes", "-f", str(file))
    assert wrong == set()
    assert passed > 400


def test_terraform_follows_the_policies(tools: Path) -> None:
    wrong, passed = findings(tools, "terraform", "-d", str(ROOT / "deploy" / "terraform" / "aws"))
    assert wrong == set()
    assert passed > 150
