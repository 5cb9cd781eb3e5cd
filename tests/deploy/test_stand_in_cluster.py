"""The chart's webserver, daemon and code server as processes, and a stand-in for the cluster that executes the jobs of
runs as processes, too. Under AIECO_DEPLOY=1: some minutes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
import psycopg
import pytest
import yaml
from dagster_graphql import DagsterGraphQLClient
from grpc_health.v1 import health_pb2, health_pb2_grpc

from aieco_assets.core.knowledge.lake import MANIFEST_LOCK
from aieco_assets.core.storage.postgres import connect
from tests.deploy.conftest import containers_of, dagster_yaml, migrated
from tests.orchestrate.fake_kubernetes import FakeKubernetes, fake_kubernetes
from tests.waiting import until

pytestmark = pytest.mark.skipif(not os.environ.get("AIECO_DEPLOY"), reason="make deploy-check")
CODE = "aieco-code-aieco/code"


class Kubelet:
    """Executes the one container of each job."""

    def __init__(self, cluster: FakeKubernetes, environment: dict[str, str]):
        self.cluster, self.environment = cluster, environment
        self.pods: dict[str, subprocess.Popen[bytes]] = {}
        cluster.created = self.start

    def start(self, name: str, job: dict[str, Any]) -> None:
        (container,) = job["spec"]["template"]["spec"]["containers"]
        plain = {one["name"]: one["value"] for one in container["env"] if "value" in one}
        environment = {**self.environment, **plain, "DAGSTER_HOME": self.environment["DAGSTER_HOME"]}
        command = [*container["command"], *container["args"]]
        self.pods[name] = subprocess.Popen([sys.executable, *command[1:]], env=environment, start_new_session=True)
        threading.Thread(target=self._wait, args=(name,), daemon=True).start()

    def stop(self) -> None:
        for pod in self.pods.values():
            pod.kill()

    def _wait(self, name: str) -> None:
        code = self.pods[name].wait()
        killed = code == -signal.SIGKILL
        self.cluster.end(137 if killed else code, "OOMKilled" if killed else "Error" if code else "Completed", of=name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def started(container: dict[str, Any], environment: dict[str, str], replaced: dict[str, str]) -> Iterator[None]:
    """A container's command as a process, with other words where this machine has other places."""
    words = [replaced.get(word, word) for word in [*container["command"], *container["args"]]]
    with subprocess.Popen([sys.executable, *words[1:]], env=environment, cwd=environment["HOME"]) as process:
        try:
            yield
        finally:
            process.terminate()


def is_serving(port: int) -> bool:
    """As the chart's probe asks."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            asked = health_pb2.HealthCheckRequest(service="DagsterApi")
            answer = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=5)
        except grpc.RpcError:
            return False
        return answer.status == health_pb2.HealthCheckResponse.SERVING


def is_up(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def test_a_run_is_executed_by_its_job_and_one_out_of_memory_is_named_and_taken_up_again(
    rendered: dict[str, Any], environment: dict[str, str], tmp_path: Path
):
    objects = rendered["laptop"]["objects"]
    containers = containers_of(objects)
    migrated(containers["aieco-migrations/migrations"], environment)
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "returns.txt").write_text("Items can be returned within 30 days.\n")
    home = Path(environment["AIECO_HOME"])
    environment |= {"AIECO_DOCUMENTS": str(documents), "DAGSTER_HOME": str(home / "dagster")}
    code_port, web_port = free_port(), free_port()
    workspace = home / "dagster" / "workspace.yaml"
    server = {"host": "127.0.0.1", "port": code_port, "location_name": "aieco"}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
    replaced = {"4000": str(code_port), "3000": str(web_port), "/var/lib/aieco/dagster/workspace.yaml": str(workspace)}
    url = environment["AIECO_POSTGRES_URL"]

    with ExitStack() as stack:
        cluster = stack.enter_context(fake_kubernetes())
        kubelet = Kubelet(cluster, environment)
        stack.callback(kubelet.stop)
        instance = dagster_yaml(objects)
        config = instance["run_launcher"]["config"]
        config |= {"load_incluster_config": False, "kubeconfig_file": str(cluster.kubeconfig(tmp_path))}
        instance["compute_logs"]["config"]["base_dir"] = str(home / "step-logs")
        # The document sensor and what follows it ask for runs, too.
        instance["concurrency"]["runs"]["max_concurrent_runs"] = 4
        (home / "dagster" / "dagster.yaml").write_text(yaml.safe_dump(instance))

        image = {"DAGSTER_CURRENT_IMAGE": "graph:1"}
        stack.enter_context(started(containers[CODE], {**environment, **image}, replaced))
        until(lambda: is_serving(code_port), 180, "a code server that is ready to the chart's probe", 0.5)
        stack.enter_context(started(containers["aieco-webserver/webserver"], environment, replaced))
        until(lambda: is_up(f"http://127.0.0.1:{web_port}/server_info"), 180, "a webserver that is ready", 0.5)
        stack.enter_context(started(containers["aieco-daemon/daemon"], environment, replaced))

        client = DagsterGraphQLClient("127.0.0.1", web_port)

        def asked() -> str:
            at = {"repository_location_name": "aieco", "repository_name": "__repository__"}
            return client.submit_job_execution("__ASSET_JOB", asset_selection=[["lake", "documents"]], **at)

        def status(run_id: str) -> str:
            return client.get_run_status(run_id).value

        first = asked()
        until(lambda: status(first) in ("SUCCESS", "FAILURE"), 240, "the end of the first run", 0.5)
        assert status(first) == "SUCCESS"
        job = cluster.jobs[f"dagster-run-{first}"]
        assert job["spec"]["template"]["spec"]["containers"][0]["image"] == "graph:1"
        until(lambda: job["status"] == {"succeeded": 1}, 60, "the end of its job")
        with connect(url) as postgres:
            assert postgres.execute("select path from lake.documents").fetchall() == [("returns.txt",)]

        others = "select count(*) from runs where status not in ('SUCCESS', 'FAILURE', 'CANCELED') and run_body like %s"

        def nobody_waits() -> bool:
            with connect(f"{url}_dagster") as postgres:
                return postgres.execute(others, ('%"lake", "documents"%',)).fetchall() == [(0,)]

        # One at a time by its pool: another run would wait for the lock of ours, and ours for that run.
        until(nobody_waits, 240, "the end of what the document sensor asked for", 0.5)
        with psycopg.connect(url) as waits:
            waits.execute("select pg_advisory_xact_lock(%s)", (MANIFEST_LOCK,))
            second = asked()
            until(lambda: status(second) == "STARTED", 240, "the start of the second run", 0.5)
            os.killpg(kubelet.pods[f"dagster-run-{second}"].pid, signal.SIGKILL)
        until(lambda: status(second) == "FAILURE", 240, "the end of the second run", 0.5)
        query = "select event from event_logs where run_id = %s and dagster_event_type = 'PIPELINE_FAILURE'"
        with connect(f"{url}_dagster") as postgres:
            ((event,),) = postgres.execute(query, (second,)).fetchall()
            assert f"out of memory: pod dagster-run-{second}-x was killed at its limit of 4Gi" in event
        again = "select run_id, status from runs where run_body like %s and run_id <> %s"

        def taken_up() -> list[tuple[str, str]]:
            with connect(f"{url}_dagster") as postgres:
                parent = f'%dagster/parent_run_id": "{second}"%'
                return postgres.execute(again, (parent, second)).fetchall()

        until(lambda: [status for _, status in taken_up()] == ["SUCCESS"], 240, "a run that takes it up again", 1)
