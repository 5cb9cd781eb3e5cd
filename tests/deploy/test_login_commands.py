"""The chart's login before its MLflow, run here as containers would be, on a real Postgres. Under AIECO_DEPLOY=1."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from aieco_assets.core.governance.login.tokens import Tokens
from aieco_assets.core.governance.login.users import Users
from aieco_assets.core.storage.postgres_host import free_port
from tests.deploy.conftest import containers_of, migrated, of_kind
from tests.waiting import until

pytestmark = [
    pytest.mark.skipif(not os.environ.get("AIECO_DEPLOY"), reason="make deploy-check"),
    pytest.mark.timeout(900),
]


@contextmanager
def started(container: dict[str, Any], environment: dict[str, str], changed: dict[str, str]) -> Iterator[None]:
    """The container's command as a process; `changed`: addresses of the cluster and those that stand for them here."""

    def here(text: str) -> str:
        for old, new in changed.items():
            text = text.replace(old, new)
        return text

    given = {one["name"]: here(one["value"]) for one in container["env"] if "value" in one}
    kept = {name: environment[name] for name in ("AIECO_HOME", "HOME")}
    words = [here(one) for one in (*container["command"][1:], *container["args"])]
    words = [sys.executable if one == "python" else one for one in words]
    with subprocess.Popen([sys.executable, *words], env={**environment, **given, **kept}, cwd=kept["HOME"]) as process:
        try:
            yield
        finally:
            process.terminate()


def test_a_program_reaches_the_charts_registry_through_the_charts_login(
    rendered: dict[str, Any], environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    objects = rendered["login"]["objects"]
    containers, settings = containers_of(objects), of_kind(objects, "ConfigMap")["aieco-settings"]["data"]
    migrated(containers["aieco-migrations/migrations"], environment)
    users = Users(Path(environment["AIECO_HOME"]) / "governance" / "users.json")
    users.add("anna", "a long enough password", "operator")
    token, _ = Tokens(Path(environment["AIECO_HOME"]) / "governance" / "users.tokens.json", users).make("anna")
    mlflow, login = str(free_port()), str(free_port())
    changed = {
        "--port 5000": f"--port {mlflow}",
        "/var/lib/aieco/": f"{environment['HOME']}/",
        "aieco-mlflow:5000": f"localhost:{mlflow}",
    }
    shared = {**environment, "AIECO_LOGIN_SECRET": "s" * 40}
    there = containers["aieco-mlflow/mlflow"]
    with (
        started(there, environment, changed),
        started(containers["aieco-login/login"], shared, {**changed, "8080": login, "0.0.0.0": "127.0.0.1"}),
    ):

        def status(port: str, path: str) -> int:
            try:
                return httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False).status_code
            except httpx.TransportError:
                return 0

        until(lambda: status(mlflow, there["readinessProbe"]["httpGet"]["path"]) == 200, 400, "MLflow")
        until(lambda: status(login, "/login") == 200, 300, "the login")
        assert status(login, "/mlflow/") == 401
        monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token)
        behind = f"http://127.0.0.1:{login}/mlflow"
        assert MlflowClient(behind, behind).create_experiment("by a token")
        monkeypatch.delenv("MLFLOW_TRACKING_TOKEN")
        inside = re.sub(r"aieco-mlflow:\d+", f"localhost:{mlflow}", settings["MLFLOW_TRACKING_URI"])
        assert MlflowClient(inside, inside).get_experiment_by_name("by a token")
