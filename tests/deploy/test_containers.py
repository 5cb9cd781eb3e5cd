"""The images, built here, and deploy/compose with them as containers, the sample run in them: make deploy-check."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from packaging.utils import canonicalize_name

from tests.deploy.containers import CONFIGURATION, NEEDED, ROOT, Parts, build_images, run
from tests.waiting import until

pytestmark = pytest.mark.timeout(10_800)
# Grafana has no package to stand in for its image.
ORDER = ("postgres", "s3", "prepare", "mlflow", "llm", "code", "dagster", "daemon", "dashboard", "service")
WATCHING = ("alertmanager", "prometheus")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> None:
    if "AIECO_DEPLOY" not in os.environ:
        pytest.skip("Builds images and starts containers, an hour on two cores: make deploy-check")
    if lacking := [name for name in NEEDED if not shutil.which(name)]:
        pytest.skip(f"NO CONTAINERS HERE: apt-get install {' '.join(lacking)}")
    folder = tmp_path_factory.mktemp("containers")
    (folder / "containers.conf").write_text(CONFIGURATION)
    os.environ["CONTAINERS_CONF"] = str(folder / "containers.conf")
    build_images(folder)


@pytest.fixture(scope="module")
def parts(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    parts = Parts(tmp_path_factory.mktemp("parts"))
    try:
        for name in (*ORDER, *WATCHING):
            parts.up(name)
        yield parts
    finally:
        parts.down()


@pytest.mark.parametrize("image", ["graph", "service", "llm"])
def test_an_image_runs_as_nobody_in_particular_and_knows_what_it_is_made_of(images: None, image: str) -> None:
    name = f"localhost/aieco-{image}"
    (found,) = json.loads(run("podman", "image", "inspect", name).stdout)
    assert (found["User"], bool(found["Healthcheck"])) == ("10001", True)
    sbom = json.loads(run("podman", "run", "--rm", "--entrypoint", "cat", name, "/usr/share/aieco/sbom.json").stdout)
    told = {f"{canonicalize_name(one['name'])}=={one['version']}" for one in sbom["components"]}
    pinned = [line.split(" ")[0].split("==") for line in (ROOT / "requirements.lock").read_text().split("\n")]
    locked = {f"{canonicalize_name(name)}=={version}" for name, version in (one for one in pinned if len(one) == 2)}
    # The lock leaves out torch and what it brings; a local version says how it was built.
    unlocked = {one.partition("==")[0] for one in told - locked}
    assert len(told) > 90
    assert {one for one in unlocked if not one.startswith(("torch", "nvidia", "cuda", "triton"))} <= {"aieco", "uv"}
    print(f"{image}: {found['Size'] / 1e9:.2f} GB, {len(told)} packages")


def test_the_sample_runs_in_the_graphs_container_and_the_service_cites_it(parts: Parts) -> None:
    ran = parts.inside("code", "aieco", "run", seconds=3600)
    assert "assets in" in ran.stdout
    print(ran.stdout[-200:])
    head = {"Authorization": f"Bearer {parts.key}"}
    with httpx.Client(base_url=parts.url("service"), headers=head, timeout=120) as client:
        until(lambda: client.get("/readyz").status_code == 200, 300, "readiness of the service", every=2)
        told = client.post("/answer", json={"question": "How many days do I have to return an item?"}).json()
        assert (told["abstained"], told["verified"]) == (False, True)
        assert told["citations"][0]["quote"]
        assert client.get("/version").json()["served"]["llm"]


def launched(parts: Parts) -> str:
    """The id of a run that the webserver was asked for, as its page does."""
    wanted = """mutation { launchRun(executionParams: {
      selector: {repositoryLocationName: "aieco", repositoryName: "__repository__", jobName: "__ASSET_JOB",
                 assetSelection: [{path: ["models", "embedder"]}]}, runConfigData: {}}) {
        __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
    answer = httpx.post(parts.url("dagster") + "/graphql", json={"query": wanted}, timeout=120).json()["data"]
    assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer
    return answer["launchRun"]["run"]["runId"]


def is_now(parts: Parts, run_id: str, *wanted: str) -> bool:
    asked = f'{{ runOrError(runId: "{run_id}") {{ ... on Run {{ status }} }} }}'
    told = httpx.post(parts.url("dagster") + "/graphql", json={"query": asked}, timeout=60).json()["data"]
    return told["runOrError"]["status"] in wanted


def test_the_daemon_has_the_code_server_start_a_run_and_takes_it_for_alive(parts: Parts) -> None:
    run_id = launched(parts)
    until(lambda: is_now(parts, run_id, "SUCCESS", "FAILURE", "CANCELED"), 600, "the end of the run", every=2)
    assert is_now(parts, run_id, "SUCCESS"), parts.logs("code")


def test_a_run_that_is_killed_with_its_container_is_failed(parts: Parts) -> None:
    run_id = launched(parts)
    until(lambda: is_now(parts, run_id, "STARTED"), 300, "the start of the run", every=0.5)
    run("podman", "kill", parts.container("code"))
    run("podman", "start", parts.container("code"))
    until(lambda: is_now(parts, run_id, "FAILURE"), 300, "the failure of the run", every=2)


def test_prometheus_sees_the_service_and_the_graph(parts: Parts) -> None:
    def seen() -> bool:
        found = httpx.get(parts.url("prometheus") + "/api/v1/targets", timeout=30).json()["data"]["activeTargets"]
        return {one["labels"]["job"]: one["health"] for one in found} == {"aieco": "up", "aieco-graph": "up"}

    until(seen, 120, "two targets that are up", every=2)


def test_no_container_writes_beside_its_volumes_and_none_is_root(parts: Parts) -> None:
    for name in ("code", "service", "llm"):
        assert parts.inside(name, "id", "-u").stdout.strip() == "10001"
        assert parts.inside(name, "touch", "/app/x", check=False).returncode != 0


def test_a_service_that_is_ended_finishes_first(parts: Parts, tmp_path: Path) -> None:
    ended = run("podman", "stop", "-t", "60", parts.container("service"), check=False)
    state = json.loads(run("podman", "inspect", parts.container("service")).stdout)[0]["State"]
    assert (ended.returncode, state["ExitCode"]) == (0, 0), parts.logs("service")
