"""Commands of the chart, run here as a container would, on a real Postgres. Under AIECO_DEPLOY=1: a minute."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Any

import httpx
import pytest

from aieco_assets.core.storage.postgres import connect
from tests.deploy.conftest import containers_of, migrated
from tests.waiting import until

pytestmark = pytest.mark.skipif(not os.environ.get("AIECO_DEPLOY"), reason="make deploy-check")


def test_migrations_make_every_database_and_can_be_run_again(rendered: dict[str, Any], environment: dict[str, str]):
    container = containers_of(rendered["team"]["objects"])["aieco-migrations/migrations"]
    for _ in range(2):
        migrated(container, environment)
    url = environment["AIECO_POSTGRES_URL"]
    for suffix, table in {"": "lake.documents", "_dagster": "public.runs", "_mlflow": "public.experiments"}.items():
        with connect(url + suffix) as connection:
            ((found,),) = connection.execute("select to_regclass(%s)::text", (table,)).fetchall()
            assert found, f"{table} of {suffix}"


def test_the_registry_answers_to_its_name_in_the_cluster_and_to_no_other(
    rendered: dict[str, Any], environment: dict[str, str]
):
    migrated(containers_of(rendered["team"]["objects"])["aieco-migrations/migrations"], environment)
    container = containers_of(rendered["laptop"]["objects"])["aieco-mlflow/mlflow"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    script = (
        container["args"][-1]
        .replace("--port 5000", f"--port {port}")
        .replace("/var/lib/aieco/", f"{environment['HOME']}/")
    )
    plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    kept = {name: environment[name] for name in ("AIECO_HOME", "HOME")}
    command = [sys.executable, *container["command"][1:], *container["args"][:-1], script]
    with subprocess.Popen(command, env={**environment, **plain, **kept}, cwd=environment["HOME"]) as server:
        try:

            def status(host: str) -> int:
                try:
                    path = "/api/2.0/mlflow/experiments/get-by-name?experiment_name=Default"
                    return httpx.get(f"http://127.0.0.1:{port}{path}", headers={"Host": host}).status_code
                except httpx.TransportError:
                    return 0

            until(lambda: status("aieco-mlflow:5000") == 200, 120, "an answer to the name of the cluster")
            assert status("aieco-mlflow.data:5000") == 200
            assert status("evil.example") == 403
        finally:
            server.terminate()
