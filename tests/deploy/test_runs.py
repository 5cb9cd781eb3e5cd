"""A run as the chart's Dagster starts it, at a stand-in for the API server, and who may speak to whom."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.code_pointer import FileCodePointer
from dagster._core.launcher import LaunchRunContext
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin

from tests.deploy.conftest import Helm, dagster_yaml, of_kind, pods_of
from tests.orchestrate.fake_kubernetes import fake_kubernetes


@dg.job
def job() -> None: ...


@pytest.fixture
def run(rendered: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """The job of a run under the production set."""
    chart = dagster_yaml(rendered["production"]["objects"])["run_launcher"]
    with fake_kubernetes() as cluster:
        at = {"load_incluster_config": False, "kubeconfig_file": str(cluster.kubeconfig(tmp_path))}
        launcher = {**chart, "config": {**chart["config"], **at}}
        with dg.instance_for_test(overrides={"run_launcher": launcher}) as instance:
            repository = RepositoryPythonOrigin("python", FileCodePointer(__file__, "job"), container_image="graph:1")
            made = instance.create_run_for_job(job, job_code_origin=JobPythonOrigin("job", repository))
            instance.run_launcher.launch_run(LaunchRunContext(made, None))
        (started,) = cluster.jobs.values()
    del started["status"]
    return started


def test_a_run_is_a_valid_job_that_is_as_closed_as_what_the_chart_makes_itself(helm: Helm, run: dict[str, Any]):
    assert helm({"manifests": [run]}) == []
    pod = run["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == "graph:1"
    assert container["command"] == ["python", "-m", "aieco_assets.core.stack.environment"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert (pod["securityContext"]["runAsNonRoot"], pod["automountServiceAccountToken"]) == (True, False)
    assert pod["enableServiceLinks"] is False
    assert container["resources"]["limits"] == {"cpu": "8", "memory": "8Gi"}
    assert run["spec"]["ttlSecondsAfterFinished"] == 86400
    secrets = {one["name"] for one in container["env"] if "secretKeyRef" in one.get("valueFrom", {})}
    assert secrets >= {"AIECO_POSTGRES_URL", "AIECO_PSEUDONYM_KEY"}
    assert [one["configMapRef"]["name"] for one in container["envFrom"]] == ["aieco-settings"]
    mounts = {one["mountPath"]: one["name"] for one in container["volumeMounts"]}
    home = "/var/lib/aieco"
    assert mounts == {
        home: "home",
        "/tmp": "tmp",
        f"{home}/dagster": "dagster",
        f"{home}/dagster/dagster.yaml": "instance",
    }
    assert {one["name"] for one in pod["volumes"]} == {*mounts.values()}


def test_a_run_is_not_disturbed_and_may_speak_as_the_policy_of_runs_says(rendered: dict[str, Any], run: dict[str, Any]):
    objects = rendered["production"]["objects"]
    labels = run["spec"]["template"]["metadata"]["labels"]
    for name, kind in {"aieco-runs": "PodDisruptionBudget", "aieco-deny": "NetworkPolicy"}.items():
        spec = of_kind(objects, kind)[name]["spec"]
        assert is_chosen(spec.get("selector") or spec["podSelector"], labels)
    assert is_chosen(of_kind(objects, "NetworkPolicy")["aieco-runs"]["spec"]["podSelector"], labels)


def test_pods_speak_to_those_that_they_need_and_to_no_others(rendered: dict[str, Any], run: dict[str, Any]):
    objects = rendered["production"]["objects"]
    pods = {name.removeprefix("aieco-"): pod["metadata"]["labels"] for name, pod in pods_of(objects).items()}
    pods["run"] = run["spec"]["template"]["metadata"]["labels"]
    policies = [one["spec"] for one in of_kind(objects, "NetworkPolicy").values()]
    assert all(any(is_chosen(one["podSelector"], labels) for one in policies) for labels in pods.values())
    ports = {"code-aieco": 4000, "mlflow": 5000, "service": 3001, "llm": 3002, "webserver": 3000}
    allowed = {
        (a, b)
        for a, (b, port) in product(pods, ports.items())
        if permits(policies, "egress", pods[a], pods[b], port) and permits(policies, "ingress", pods[b], pods[a], port)
    }
    assert allowed == {
        *(("webserver", "code-aieco"), ("daemon", "code-aieco")),
        *(("code-aieco", "mlflow"), ("code-aieco", "service"), ("code-aieco", "llm")),
        *(("run", "mlflow"), ("run", "service"), ("run", "llm")),
        *(("service", "mlflow"), ("service", "llm")),
    }


def is_chosen(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    return selector["matchLabels"].items() <= labels.items()


def permits(policies: list[dict[str, Any]], way: str, ours: dict[str, str], theirs: dict[str, str], port: int) -> bool:
    """Whether a policy of the pod with the labels `ours` names pods with the labels `theirs`, in the same namespace."""
    peers, of = {"egress": ("to", "Egress"), "ingress": ("from", "Ingress")}[way]
    return any(
        "podSelector" in peer and "namespaceSelector" not in peer and is_chosen(peer["podSelector"], theirs)
        for policy in policies
        if of in policy["policyTypes"] and is_chosen(policy["podSelector"], ours)
        for rule in policy.get(way) or ()
        if port in [one["port"] for one in rule["ports"]]
        for peer in rule[peers]
    )
