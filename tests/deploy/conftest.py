"""What `make deploy-check` brings, for the tests of deploy/; without it they are skipped, loudly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "aieco"
SETS = ("laptop", "team", "production", "login")
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
    """Of a value set; `login` is the laptop's behind the login."""
    if name == "login":
        return {**values_of("laptop"), "login": {"enabled": True}}
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


@pytest.fixture
def environment(platform: Settings, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Of a container: a home of its own, and an empty database, as RDS makes it; its siblings are not there yet."""
    name = f"d_{uuid.uuid4().hex[:12]}"
    maintenance = urlsplit(platform.warehouse)._replace(path="/postgres").geturl()
    with connect(maintenance, autocommit=True) as connection:
        connection.execute(f'create database "{name}"'.encode())
    url = urlsplit(platform.warehouse)._replace(path=f"/{name}").geturl()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    given = {"PATH": path, "PYTHONPATH": str(ROOT), "AIECO_HOME": str(tmp_path), "AIECO_POSTGRES_URL": url}
    yield {**os.environ, **given, "HOME": str(tmp_path)}
    with connect(maintenance, autocommit=True) as connection:
        for database in (name, f"{name}_dagster", f"{name}_mlflow"):
            connection.execute(f'drop database if exists "{database}" with (force)'.encode())


def migrated(container: dict[str, Any], environment: dict[str, str]) -> None:
    command = [*container["command"], *container["args"]]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=environment["HOME"])
    assert done.returncode == 0, done.stdout + done.stderr
