"""What `make deploy-check` brings, for the tests of deploy/; without it they are skipped, loudly."""

from __future__ import annotations

import json
import os
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "aieco"
SETS = ("laptop", "team", "production")
Helm = Callable[[dict[str, Any]], Any]


@pytest.fixture(scope="session")
def tools() -> Path:
    """Folder of the programs of .venv-deploy. Missing under AIECO_DEPLOY=1 they are an error."""
    folder = ROOT / ".venv-deploy" / "bin"
    if not (folder / "python").exists():
        assert not os.environ.get("AIECO_DEPLOY"), "there is no .venv-deploy: run make deploy-check"
        warnings.warn("NO HELM: chart and Terraform are checked by `make deploy-check` alone", stacklevel=1)
        pytest.skip("no .venv-deploy: make deploy-check makes it")
    return folder


@pytest.fixture(scope="session")
def helm(tools: Path) -> Helm:
    def asked(order: dict[str, Any]) -> Any:
        command = [tools / "python", Path(__file__).with_name("helm_tool.py")]
        done = subprocess.run(command, input=json.dumps(order), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return asked


def values_of(name: str) -> dict[str, Any]:
    return yaml.safe_load((CHART / f"values-{name}.yaml").read_text())


@pytest.fixture(scope="session")
def rendered(helm: Helm) -> dict[str, Any]:
    """By value set: `objects`, and what is `wrong` with them."""
    return helm({"chart": str(CHART), "values": {name: values_of(name) for name in SETS}})


def of_kind(objects: list[dict[str, Any]], *kinds: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in objects if one["kind"] in kinds}


def pods_of(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Pod templates by the name of what makes them."""
    makers = of_kind(objects, "Deployment", "StatefulSet", "Job")
    return {name: one["spec"]["template"] for name, one in makers.items()}


def containers_of(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    pods = pods_of(objects).items()
    return {f"{name}/{one['name']}": one for name, pod in pods for one in pod["spec"]["containers"]}


def dagster_yaml(objects: list[dict[str, Any]]) -> dict[str, Any]:
    return yaml.safe_load(of_kind(objects, "ConfigMap")["aieco-dagster"]["data"]["dagster.yaml"])
