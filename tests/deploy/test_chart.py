"""The chart as Helm renders it; no cluster has seen it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from aieco_assets.core.settings import Settings
from aieco_assets.login.upstreams import read_upstreams
from tests.deploy.conftest import (
    CHART,
    ROOT,
    SETS,
    Helm,
    containers_of,
    dagster_yaml,
    of_kind,
    pods_of,
    values_of,
)

SECRET_KEYS = {
    *("AIECO_POSTGRES_URL", "AIECO_API_KEYS", "AIECO_PSEUDONYM_KEY", "AIECO_ALERTS", "AIECO_DOCUMENTS"),
    *("AIECO_TRANSACTIONS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "AIECO_LLM_API_KEYS"),
    *("AIECO_LOGIN_SECRET", "AIECO_LOGIN_OIDC_CLIENT_SECRET", "AIECO_GOVERNANCE_KEY", "AIECO_LINEAGE_KEY"),
    *("OTEL_EXPORTER_OTLP_HEADERS", "HF_TOKEN"),
}
S3 = {"stores": {name: f"s3://bucket/{name}" for name in ("lake", "lancedb", "artifacts")}}
HERE = {"name": "aieco", "module": "aieco_assets.definitions"}
A_SECRET = "postgresql://ann:secret@db/shop"
in_each_set = pytest.mark.parametrize("name", SETS)


@in_each_set
def test_a_value_set_is_linted_and_valid_to_kubernetes(rendered: dict[str, Any], name: str) -> None:
    assert (rendered[name]["refused"], rendered[name]["wrong"]) == ("", [])
    assert len(rendered[name]["objects"]) > 25


def test_what_stands_beside_the_chart_is_valid_to_kubernetes(helm: Helm) -> None:
    manifests = [*yaml.safe_load_all((CHART.parent / "laptop-postgres.yaml").read_text())]
    assert helm({"manifests": manifests}) == []


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"settings": {"AIECO_POSTGRES_URL": A_SECRET}}, "AIECO_POSTGRES_URL"),
        ({"mlflow": {"trackingUri": "https://ann:secret@mlflow.example"}}, "/mlflow/trackingUri"),
        ({"secret": ""}, "/secret"),
        ({"secret": A_SECRET}, "/secret"),
        ({"secret": "a}}, value: x #"}, "/secret"),  # it would be YAML of its own
        ({"secret": "x" * 254}, "/secret"),
        ({"settings": {"AIECO_GOVERNANCE_KEY": "k" * 32}}, "AIECO_GOVERNANCE_KEY"),
        ({"settings": {"HF_TOKEN": "hf_secret"}}, "HF_TOKEN"),
        ({"settings": {"AIECO_LLM": "packaged"}}, "AIECO_LLM"),  # llm.url says it
        ({"stores": {"s3Endpoint": "https://ann:secret@s3.example"}}, "/stores/s3Endpoint"),
        ({"llm": {"url": "https://llm.example/v1?api_key=secret"}}, "/llm/url"),
        ({"service": {"replicas": 0}}, "/service/replicas"),
        ({"service": {"autoscaling": {"inFlight": -1}}}, "/service/autoscaling/inFlight"),
        (
            {"service": {"autoscaling": {"enabled": True, "minReplicas": 9, "maxReplicas": 2}}},
            "minReplicas is more than",
        ),
        ({"service": {"ingress": {"enabled": True, "host": "a" * 64, "tlsSecret": "t"}}}, "/service/ingress/host"),
        ({"network": {"monitoringNamespace": ""}}, "/network/monitoringNamespace"),
        ({"images": {"graph": {"tag": "latest"}}}, "/images/graph/tag"),
        ({"images": {"llm": {"repository": "aieco-llm:latest"}}}, "/images/llm/repository"),
        ({"dagster": {"locations": [{**HERE, "image": "extra:latest"}]}}, "/dagster/locations/0/image"),
        ({"dagster": {"locations": [{**HERE, "image": "extra"}]}}, "/dagster/locations/0/image"),  # it means latest
        ({"dagster": {"locations": [{**HERE, "name": "n" * 70}]}}, "/dagster/locations/0/name"),
        ({"dagster": {"locations": [{**HERE, "module": "x, --host"}]}}, "/dagster/locations/0/module"),
        ({"dagster": {"locations": [HERE, HERE]}}, "there are two of the name aieco"),
        ({"home": {"shared": False}}, "/home/shared"),  # and no S3: each pod would have a lake of its own
        ({"service": {"ingress": {"enabled": True}}}, "/service/ingress/tlsSecret"),
        ({"servcie": {"replicas": 2}}, "servcie"),
        ({"settings": {"AIECO_LOGIN_SECRET": "s" * 32}}, "AIECO_LOGIN_SECRET"),
        ({"login": {"enabled": True, "oidc": {"issuer": "http://login.example"}}}, "/login/oidc/issuer"),
        ({**S3, "home": {"shared": False}, "login": {"enabled": True}}, "/login/oidc/issuer"),  # no place for users
        ({"images": {"graph": {"digest": "latest"}}}, "/images/graph/digest"),
        ({"dagster": {"runs": {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}}}, ""),
    ],
)
def test_values_are_refused(helm: Helm, values: dict[str, Any], reason: str) -> None:
    told = helm({"chart": str(CHART), "values": {"it": {"home": {"shared": True}, **values}}})["it"]["refused"]
    assert reason in told
    assert bool(told) == bool(reason)  # limits that are not given are the chart's


@in_each_set
def test_dagster_is_configured_as_on_one_machine_but_for_what_runs_and_where_logs_go(
    rendered: dict[str, Any], name: str
) -> None:
    ours, chart = yaml.safe_load((ROOT / "dagster.yaml").read_text()), dagster_yaml(rendered[name]["objects"])
    launcher, logs = chart.pop("run_launcher"), chart.pop("compute_logs")
    assert ours.pop("run_launcher")["class"] == "LocalRunLauncher"
    assert getattr(import_module(launcher["module"]), launcher["class"])
    assert getattr(import_module(logs["module"]), logs["class"])
    assert logs["class"] == ("S3ComputeLogManager" if "stores" in values_of(name) else "LocalComputeLogManager")
    for settings in (ours, chart):  # numbers of the value set
        del settings["concurrency"]["runs"], settings["run_monitoring"]["start_timeout_seconds"]
        del settings["run_monitoring"]["max_runtime_seconds"]
    assert chart == ours


@in_each_set
def test_every_variable_is_a_setting(rendered: dict[str, Any], name: str) -> None:
    objects = rendered[name]["objects"]
    given = {*of_kind(objects, "ConfigMap")["aieco-settings"]["data"]}
    given |= {one["name"] for container in containers_of(objects).values() for one in container["env"]}
    settings = {f"AIECO_{field.upper()}" for field in Settings.model_fields}
    assert {one for one in given if one.startswith("AIECO_")} <= settings


@in_each_set
def test_secrets_are_named_and_never_held(rendered: dict[str, Any], name: str) -> None:
    objects = rendered[name]["objects"]
    assert of_kind(objects, "Secret") == {}
    seen = set()
    for container in containers_of(objects).values():
        for one in container["env"]:
            reference = one.get("valueFrom", {}).get("secretKeyRef")
            assert bool(reference) == (one["name"] in SECRET_KEYS), one["name"]
            if reference:
                assert reference["name"] == "aieco"
                seen.add(reference["key"])
    assert seen <= SECRET_KEYS


@in_each_set
def test_no_container_is_root_or_writes_its_image_and_each_has_limits(rendered: dict[str, Any], name: str) -> None:
    objects = rendered[name]["objects"]
    for pod in pods_of(objects).values():
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        assert pod["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    launcher = dagster_yaml(objects)["run_launcher"]["config"]
    run = {**launcher["run_k8s_config"]["container_config"], "resources": launcher["resources"]}
    for where, container in {**containers_of(objects), "a run": run}.items():
        allowed = container["securityContext"]
        assert (allowed["readOnlyRootFilesystem"], allowed["allowPrivilegeEscalation"]) == (True, False), where
        assert allowed["capabilities"] == {"drop": ["ALL"]}
        assert {*container["resources"]["limits"]} >= {"cpu", "memory"}, where
        assert {*container["resources"]["requests"]} >= {"cpu", "memory"}, where
    lasting = {where: one for where, one in containers_of(objects).items() if "migrations" not in where}
    assert all("livenessProbe" in one and "readinessProbe" in one for one in lasting.values())


@in_each_set
def test_kubernetes_sets_no_variables_of_services_which_have_the_names_of_settings(
    rendered: dict[str, Any], name: str
) -> None:
    objects = rendered[name]["objects"]
    linked = {f"{one.upper().replace('-', '_')}_PORT" for one in of_kind(objects, "Service")}
    assert linked & {f"AIECO_{field.upper()}" for field in Settings.model_fields}  # tcp://10.0.0.1:3001 is no port
    run = dagster_yaml(objects)["run_launcher"]["config"]["run_k8s_config"]["pod_spec_config"]
    assert not any(pod["enableServiceLinks"] for pod in [run, *(one["spec"] for one in pods_of(objects).values())])


@in_each_set
def test_only_what_starts_runs_or_asks_after_them_speaks_to_the_api_server(rendered: dict[str, Any], name: str) -> None:
    pods = pods_of(rendered[name]["objects"])
    with_token = {one for one, pod in pods.items() if pod["spec"]["automountServiceAccountToken"]}
    assert with_token == {"aieco-webserver", "aieco-daemon", "aieco-code-aieco"}
    run = dagster_yaml(rendered[name]["objects"])["run_launcher"]["config"]["run_k8s_config"]
    assert run["pod_spec_config"]["automountServiceAccountToken"] is False


def test_the_service_is_scaled_by_a_metric_that_it_has(rendered: dict[str, Any]) -> None:
    from bento.metrics import IN_FLIGHT

    scaler = of_kind(rendered["production"]["objects"], "HorizontalPodAutoscaler")["aieco-service"]["spec"]
    (metric,) = scaler["metrics"]
    asked = metric["pods"]["metric"]
    assert (asked["name"], [*asked["selector"]["matchLabels"]]) == (IN_FLIGHT._name, [*IN_FLIGHT._labelnames])
    (rule,) = yaml.safe_load((CHART.parent / "prometheus-adapter.yaml").read_text())["rules"]["custom"]
    assert rule["name"]["matches"] == IN_FLIGHT._name
    assert "replicas" not in of_kind(rendered["production"]["objects"], "StatefulSet")["aieco-service"]["spec"]


def test_the_language_model_sits_on_gpu_nodes_where_it_is_given_gpus(rendered: dict[str, Any]) -> None:
    pod = pods_of(rendered["production"]["objects"])["aieco-llm"]["spec"]
    (container,) = pod["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert (pod["nodeSelector"], pod["tolerations"][0]["key"]) == ({"node-kind": "gpu"}, "nvidia.com/gpu")
    team = containers_of(rendered["team"]["objects"])["aieco-llm/llm"]
    assert "nvidia.com/gpu" not in team["resources"]["limits"]
    assert {"name": "AIECO_N_GPU_LAYERS", "value": "0"} in team["env"]
    assert not any("llm" in one for one in containers_of(rendered["laptop"]["objects"]))


def test_what_there_are_several_of_is_drained_one_by_one_and_runs_not_at_all(rendered: dict[str, Any]) -> None:
    budgets = of_kind(rendered["production"]["objects"], "PodDisruptionBudget")
    allowed = {name: one["spec"]["maxUnavailable"] for name, one in budgets.items()}
    assert allowed == {"aieco-service": 1, "aieco-webserver": 1, "aieco-llm": 1, "aieco-runs": 0}


def test_each_location_has_a_code_server_and_its_runs_that_server_s_image(helm: Helm) -> None:
    second = {"name": "extra", "module": "extra.definitions", "image": "extra:7"}
    values = {**values_of("team"), "dagster": {"locations": [HERE, second]}}
    objects = helm({"chart": str(CHART), "values": {"it": values}})["it"]["objects"]
    container = containers_of(objects)["aieco-code-extra/code"]
    assert container["image"] == "extra:7"
    assert {"name": "DAGSTER_CURRENT_IMAGE", "value": "extra:7"} in container["env"]
    workspace = yaml.safe_load(of_kind(objects, "ConfigMap")["aieco-dagster"]["data"]["workspace.yaml"])
    servers = [one["grpc_server"] for one in workspace["load_from"]]
    assert {one["host"]: one["location_name"] for one in servers} == {
        "aieco-code-aieco": "aieco",
        "aieco-code-extra": "extra",
    }
    assert {one["host"] for one in servers} <= {*of_kind(objects, "Service")}


def test_ray_is_used_where_its_address_is_given(helm: Helm) -> None:
    values = {"with": {**values_of("team"), "ray": {"address": "ray://head:10001"}}, "without": values_of("team")}
    told = helm({"chart": str(CHART), "values": values})
    settings = {name: of_kind(one["objects"], "ConfigMap")["aieco-settings"]["data"] for name, one in told.items()}
    assert (settings["with"]["AIECO_ENGINE"], settings["with"]["AIECO_RAY_ADDRESS"]) == ("ray", "ray://head:10001")
    assert "AIECO_ENGINE" not in settings["without"]


def test_modules_and_files_that_commands_name_are_there(rendered: dict[str, Any]) -> None:
    told = [
        " ".join([*one["command"], *one["args"]])
        for one in containers_of(rendered["team"]["objects"]).values()
        if "args" in one
    ]
    for words in map(str.split, told):
        for at, word in enumerate(words):
            if words[at - 1] in ("-m", "--module-name"):
                assert (
                    Path(ROOT, *word.split(".")).with_suffix(".py").exists() or (ROOT / word.replace(".", "/")).is_dir()
                )


def args_of(objects: list[dict[str, Any]], container: str) -> str:
    return " ".join(containers_of(objects)[container]["args"])


def env_of(objects: list[dict[str, Any]], container: str) -> dict[str, str]:
    return {one["name"]: one.get("value", "") for one in containers_of(objects)[container]["env"]}


def test_behind_the_login_each_part_is_where_it_looks_for_it(rendered: dict[str, Any]) -> None:
    objects = rendered["login"]["objects"]
    services = {name: one["spec"] for name, one in of_kind(objects, "Service").items()}
    upstreams = read_upstreams(env_of(objects, "aieco-login/login")["AIECO_LOGIN_UPSTREAMS"])
    assert upstreams.keys() == {"dagster", "mlflow", "dashboard", "service"}
    for part, upstream in upstreams.items():
        asked = services[upstream.host]
        (port,) = [one for one in asked["ports"] if one["port"] == upstream.port]
        behind = [
            pod for pod in pods_of(objects).values() if asked["selector"].items() <= pod["metadata"]["labels"].items()
        ]
        ports = [one for pod in behind for container in pod["spec"]["containers"] for one in container["ports"]]
        assert [one["containerPort"] for one in ports if one["name"] == port["targetPort"]] == [upstream.port], part
    assert "--path-prefix /dagster" in args_of(objects, "aieco-webserver/webserver")
    assert "--static-prefix /mlflow" in args_of(objects, "aieco-mlflow/mlflow")
    dashboard = env_of(objects, "aieco-code-aieco/dashboard")
    assert dashboard["_AIECO_DASHBOARD_PREFIX"] == "/dashboard/"
    assert dashboard["_AIECO_DASHBOARD_NAME"] == upstreams["dashboard"].host
    settings = of_kind(objects, "ConfigMap")["aieco-settings"]["data"]
    assert settings["MLFLOW_TRACKING_URI"] == "http://aieco-mlflow:5000/mlflow"
    for name, path in {"webserver/webserver": "/dagster/", "mlflow/mlflow": "/mlflow/"}.items():
        probe = containers_of(objects)[f"aieco-{name}"]["readinessProbe"]["httpGet"]
        assert probe["path"].startswith(path)


def test_behind_the_login_nobody_else_comes_in(rendered: dict[str, Any]) -> None:
    objects = rendered["login"]["objects"]
    knowing = {one for one in containers_of(objects) if "AIECO_LOGIN_SECRET" in env_of(objects, one)}
    assert knowing == {"aieco-login/login", "aieco-service/service"}
    entered = {}
    for name, policy in of_kind(objects, "NetworkPolicy").items():
        for rule in policy["spec"].get("ingress") or []:
            for source in rule["from"]:
                if "ingress-nginx" in str(source):
                    entered[name] = [one["port"] for one in rule["ports"]]
    assert entered == {"aieco-login": [8080]}
    asks = of_kind(objects, "NetworkPolicy")["aieco-login"]["spec"]["egress"]
    assert sorted(port["port"] for rule in asks for port in rule["ports"]) == [3000, 3001, 5000, 8050]


def may_speak(objects: list[dict[str, Any]], direction: str, pod: str) -> list[tuple[Any, int]]:
    """Whom the pods of this name may ask (egress), or who may ask them (ingress), and in which port."""
    labels, allowed = pods_of(objects)[pod]["metadata"]["labels"], []
    for policy in of_kind(objects, "NetworkPolicy").values():
        selector = policy["spec"]["podSelector"]
        but = [value for one in selector.get("matchExpressions", []) for value in one["values"]]
        if selector["matchLabels"].items() <= labels.items() and labels["app.kubernetes.io/component"] not in but:
            for rule in policy["spec"].get(direction) or []:
                allowed += [
                    (one, port["port"])
                    for one in rule["from" if direction == "ingress" else "to"]
                    for port in rule["ports"]
                ]
    return allowed


@in_each_set
def test_postgres_is_asked_by_whoever_has_its_url_and_by_no_language_model(rendered: dict[str, Any], name: str) -> None:
    objects = rendered[name]["objects"]
    asking = {pod for pod in pods_of(objects) if any(port == 5432 for _, port in may_speak(objects, "egress", pod))}
    knowing = {one.split("/")[0] for one in containers_of(objects) if "AIECO_POSTGRES_URL" in env_of(objects, one)}
    assert asking == knowing


def test_a_language_model_goes_out_for_weights_alone(helm: Helm) -> None:
    sets = {
        model: {**values_of("team"), "llm": {"enabled": True, "model": model}} for model in ("packaged", "owner/model")
    }
    told = helm({"chart": str(CHART), "values": sets})
    out = {model: {port for _, port in may_speak(one["objects"], "egress", "aieco-llm")} for model, one in told.items()}
    assert out == {"packaged": {53}, "owner/model": {53, 443}}


@in_each_set
def test_what_is_scraped_is_scraped_by_prometheus_and_not_by_whatever_is_beside_it(
    rendered: dict[str, Any], name: str
) -> None:
    """At the port of the graph's metrics the dashboard answers, which has no login of its own."""
    sources = [one for one, port in may_speak(rendered[name]["objects"], "ingress", "aieco-code-aieco") if port == 8050]
    watching = [one for one in sources if "monitoring" in str(one.get("namespaceSelector"))]
    assert [one["podSelector"]["matchLabels"] for one in watching] == [{"app.kubernetes.io/name": "prometheus"}]


def test_pods_that_share_no_home_share_the_key_by_which_erased_things_are_known(rendered: dict[str, Any]) -> None:
    """Else each would make one, lose it with its home, and no run could read a source again."""
    for name in ("team", "production"):
        objects = rendered[name]["objects"]
        run = dagster_yaml(objects)["run_launcher"]["config"]["run_k8s_config"]["container_config"]["env"]
        told = [containers_of(objects)[one]["env"] for one in ("aieco-code-aieco/code", "aieco-service/service")]
        for environment in (run, *told):
            (key,) = [one for one in environment if one["name"] == "AIECO_GOVERNANCE_KEY"]
            assert key["valueFrom"]["secretKeyRef"] == {"name": "aieco", "key": "AIECO_GOVERNANCE_KEY"}


def test_the_ingress_leads_to_the_login_and_a_provider_is_asked(helm: Helm) -> None:
    oidc = {"issuer": "https://login.example", "clientId": "aieco", "roles": "admin=platform"}
    values = {**values_of("production"), "login": {"enabled": True, "oidc": oidc}}
    told = helm({"chart": str(CHART), "values": {"it": values, "without": values_of("production")}})
    assert (told["it"]["refused"], told["it"]["wrong"]) == ("", [])
    leads = {}
    for name, one in told.items():
        (rule,) = of_kind(one["objects"], "Ingress")["aieco-service"]["spec"]["rules"]
        leads[name] = rule["http"]["paths"][0]["backend"]["service"]["name"]
    assert leads == {"it": "aieco-login", "without": "aieco-service"}
    environment = env_of(told["it"]["objects"], "aieco-login/login")
    assert environment["AIECO_LOGIN_URL"] == "https://ask.example.com"
    assert environment["AIECO_LOGIN_OIDC_ISSUER"] == "https://login.example"
    assert "login" not in str([one["metadata"]["name"] for one in told["without"]["objects"]])
