"""deploy/compose: what an engine would take, with every variable told of, no default password and nothing open."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.behind_login import services_behind_login
from aieco_assets.core.stack.services import local_services
from aieco_assets.login.upstreams import read_upstreams

DEPLOY = Path(__file__).parents[2] / "deploy"
FOLDER = DEPLOY / "compose"
TEXT = (FOLDER / "compose.yaml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
OURS = [name for name, one in SERVICES.items() if one["image"].startswith("${IMAGES")]
LOGIN = (FOLDER / "compose.login.yaml").read_text()
# `${NAME:-default}` is ("NAME", ":-", "default"), `${NAME:?}` is ("NAME", ":?", "").
USED = {name: (kind, default) for name, kind, default in re.findall(r"\$\{(\w+)(:[-?])([^}]*)\}", TEXT + LOGIN)}
EXAMPLE = dict(re.findall(r"^(\w+)=(.*)$", (FOLDER / ".env.example").read_text(), re.MULTILINE))
SETTINGS = {f"AIECO_{name}".upper() for name in Settings.model_fields}


def parsed(text: str) -> None:
    """Raises ValueError for what the compose specification forbids. It says that a name has a tag or a digest, where
    every engine takes both; merges and variables are resolved before it looks."""
    text = re.sub(r":[\w.-]+@sha256", "@sha256", text)
    text = re.sub(r"\$\{\w+:[-?]([^}]*)\}", lambda found: found[1] or "x", text)
    text = re.sub(r"!(reset|override)\b", "", text)
    told = {name: one for name, one in yaml.safe_load(text).items() if not name.startswith("x-")}
    compose_spec.PyCompose.from_json(json.dumps(told)).validate()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def behind_login(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The services of compose.yaml with compose.login.yaml, as an engine merges them."""
    filled_in = tmp_path_factory.mktemp("compose") / "env"
    filled_in.write_text("".join(f"{name}=x\n" for name, (kind, _) in USED.items() if kind == ":?"))
    program = Path(sys.executable).with_name("podman-compose")
    files = ["-f", FOLDER / "compose.yaml", "-f", FOLDER / "compose.login.yaml"]
    done = subprocess.run([program, "--env-file", filled_in, *files, "config"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return yaml.safe_load(done.stdout)["services"]


@pytest.mark.parametrize("name", ["compose.yaml", "compose.gpu.yaml", "compose.login.yaml"])
def test_the_compose_specification_takes_it(name: str) -> None:
    parsed((FOLDER / name).read_text())


@pytest.mark.parametrize(
    ("right", "wrong"), [("init: true", "innit: true"), ("{source: slack-url", "{source: slack"), ("home:/", "hom:/")]
)
def test_and_it_would_not_take_what_is_misspelt(right: str, wrong: str) -> None:
    with pytest.raises(ValueError):
        parsed(TEXT.replace(right, wrong, 1))


def test_every_variable_is_in_the_example_with_its_default_and_every_one_of_the_example_is_used() -> None:
    assert {name: default for name, (_, default) in USED.items()} == EXAMPLE


def test_every_variable_of_ours_is_a_setting() -> None:
    given = {name for one in SERVICES.values() for name in one.get("environment", {})} | EXAMPLE.keys()
    given |= {*re.findall(r"\b(AIECO_\w+):", LOGIN)}

    assert {name for name in given if name.startswith("AIECO_")} <= SETTINGS


def test_graph_and_service_know_by_the_same_names_what_was_erased() -> None:
    """Their homes are volumes of their own, in which each would make a key."""
    for name in ("code", "daemon", "dagster", "prepare", "service"):
        assert SERVICES[name]["environment"]["AIECO_GOVERNANCE_KEY"] == "${AIECO_GOVERNANCE_KEY:?}", name


def test_no_secret_has_a_default() -> None:
    secret = {name for name in USED if re.search("PASSWORD|KEY|LOGIN_SECRET", name)}

    assert secret >= {"POSTGRES_PASSWORD", "S3_SECRET_KEY", "GRAFANA_PASSWORD", "AIECO_API_KEYS", "AIECO_PSEUDONYM_KEY"}
    assert {name for name, (kind, _) in USED.items() if kind == ":?"} == secret
    for one in SERVICES.values():
        for name, value in one.get("environment", {}).items():
            if re.search("PASSWORD|KEY", name):
                assert str(value).startswith("${"), name


def test_ports_are_on_loopback_and_each_is_published_once() -> None:
    ports = [port for one in SERVICES.values() for port in one.get("ports", [])]

    assert [port for port in ports if not re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-\d+\}:\d+", port)] == []
    published = [re.findall(r":-(\d+)", port)[0] for port in ports]
    assert len({*published}) == len(published)


def test_what_others_built_is_pinned_by_digest_and_what_is_ours_may_do_little() -> None:
    for name, one in SERVICES.items():
        if name in OURS:
            assert (one["read_only"], one["cap_drop"]) == (True, ["ALL"]), name
        else:
            assert re.search(r":v?\d[\w.-]*@sha256:[0-9a-f]{64}$", one["image"]), name


def test_every_part_has_a_health_check_and_waits_for_parts_that_there_are() -> None:
    by_image = {"dagster", "service", "llm"}  # the HEALTHCHECK of the image
    assert {name for name, one in SERVICES.items() if "healthcheck" not in one} == by_image
    for one in SERVICES.values():
        for other, how in one.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other == "prepare" else "service_healthy"
            assert how["condition"] == wanted
            assert other in SERVICES


def test_the_graph_is_started_as_aieco_up_starts_it(tmp_path: Path) -> None:
    """But for addresses: here sockets and loopback, there ports of containers."""
    here = {
        one.name: one.command[1:] if one.name != "dashboard" else one.command
        for one in local_services(Settings(home=tmp_path, postgres_url="postgresql://u@h/d", _env_file=None))  # type: ignore
    }
    code = [word.split("=") for word in SERVICES["code"]["command"][1:]]
    there = [word for words in code for word in words]

    assert "--load-with-grpc" not in there
    flags = {word for word in here["code"] if word.startswith("--")} - {"--socket"}
    assert {word for word in there if word.startswith("--")} - {"--host", "--port"} == flags
    assert {"aieco_assets.definitions", "aieco"} <= {*there} & {*here["code"]}
    assert SERVICES["daemon"]["command"][:2] == ["dagster-daemon", *here["daemon"][:1]]
    assert SERVICES["dashboard"]["command"][1:] == here["dashboard"][1:]
    (location,) = yaml.safe_load((FOLDER / "workspace.yaml").read_text())["load_from"]
    assert location == {"grpc_server": {"host": "code", "port": 4000, "location_name": "aieco"}}


def test_prometheus_has_the_shipped_jobs_at_the_names_of_the_containers() -> None:
    shipped = yaml.safe_load((DEPLOY / "monitoring" / "prometheus.yml").read_text())
    here = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    jobs = list(zip(shipped["scrape_configs"], here["scrape_configs"], strict=True))
    managers = [one["alerting"]["alertmanagers"] for one in (shipped, here)]
    for static in [*(job for pair in jobs for job in pair), managers[0][0], managers[1][0]]:
        (targets,) = static["static_configs"]
        static["targets"] = [target.replace("127.0.0.1:", "") for target in targets["targets"]]
        del static["static_configs"]

    names = {"service:3001": "3001", "dashboard:8050": "8050", "alertmanager:9093": "9093"}
    for static in [*(job for _, job in jobs), managers[1][0]]:
        static["targets"] = [names[target] for target in static["targets"]]
    assert here == shipped


def test_every_file_that_is_mounted_is_there() -> None:
    mounted = [volume.split(":")[0] for one in SERVICES.values() for volume in one.get("volumes", [])]

    files = {FOLDER / name for name in mounted if name.startswith(".")}
    assert len(files) > 6
    assert [path for path in files if not path.resolve().exists()] == []


def test_behind_the_login_no_other_part_has_a_port(behind_login: dict[str, dict[str, Any]]) -> None:
    assert behind_login.keys() == {*SERVICES, "login"}
    published = {name: one["ports"] for name, one in behind_login.items() if one.get("ports")}
    assert published == {"login": ["127.0.0.1:8080:8080"]}


def test_the_login_may_do_as_little_as_the_others_and_shares_its_secret_with_the_service_alone(
    behind_login: dict[str, dict[str, Any]],
) -> None:
    login, dagster = behind_login["login"], behind_login["dagster"]
    alike = ("image", "init", "restart", "security_opt", "cap_drop", "read_only", "tmpfs")
    assert {name: login[name] for name in alike} == {name: dagster[name] for name in alike}
    knowing = {name for name, one in behind_login.items() if "AIECO_LOGIN_SECRET" in one.get("environment", {})}
    assert knowing == {"login", "service"}


def test_every_part_is_where_the_login_looks_for_it(behind_login: dict[str, dict[str, Any]], tmp_path: Path) -> None:
    """At the path of `aieco up --login`, at the name and port that the container has."""
    upstreams = read_upstreams(behind_login["login"]["environment"]["AIECO_LOGIN_UPSTREAMS"])
    assert {part: (one.host, one.port) for part, one in upstreams.items()} == {
        "dagster": ("dagster", 3000),
        "mlflow": ("mlflow", 5000),
        "dashboard": ("dashboard", 8050),
        "service": ("service", 3001),
    }
    settings = Settings(home=tmp_path, postgres_url="postgresql://u@h/d", _env_file=None)  # type: ignore
    here = {one.name: one for one in services_behind_login(settings)}
    for name, flag in {"dagster": "--path-prefix", "mlflow": "--static-prefix"}.items():
        there, local = behind_login[name]["command"], here[name].command
        assert there[there.index(flag) + 1] == local[local.index(flag) + 1] == f"/{name}"
        assert f"/{name}/" in behind_login[name]["healthcheck"]["test"][-1]
    prefix = behind_login["dashboard"]["environment"]["_AIECO_DASHBOARD_PREFIX"]
    assert prefix == here["dashboard"].environment["_AIECO_DASHBOARD_PREFIX"]
    assert f"8050{prefix}" in behind_login["dashboard"]["healthcheck"]["test"][-1]
    registries = {
        one["environment"].get("MLFLOW_TRACKING_URI") for one in behind_login.values() if "environment" in one
    }
    assert registries == {None, "http://mlflow:5000/mlflow"}
