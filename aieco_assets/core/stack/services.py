"""What the local stack consists of: commands, ports, health urls."""

from __future__ import annotations

import json
import os
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.tracing import ENDPOINTS
from aieco_assets.core.settings import Settings

ROOT = Path(__file__).parents[3]
LOCATION = "aieco"  # as in workspace.yaml: what was switched on or off of a sensor is kept by it
_LONGEST_SOCKET = 100  # bytes of a path that every system binds
_OF_ADDRESSES = {*"%#?,"}  # gRPC reads them in a socket's path as in any address


@dataclass(frozen=True)
class Service:
    """One process. `url` is what people open; `health` answers 200 once it is ready, or is a socket (a path, or
    tcp:HOST:PORT) that takes a connection then ("" for one that says nothing). `after`: the one that has to be ready
    before it starts. `runs_go_on`: Dagster's runs are processes of it and outlive it."""

    name: str
    command: list[str]
    setting: str = ""
    port: int = 0
    url: str = ""
    health: str = ""
    after: str = ""
    runs_go_on: bool = False
    environment: dict[str, str] = field(default_factory=dict)


def local_services(settings: Settings) -> list[Service]:
    """Code, webserver and daemon of Dagster, the service, the dashboard, and MLflow unless another server was named."""
    host = settings.host
    code, workspace = _code_location(settings)

    def at(port: int) -> str:
        return f"http://{host}:{port}"

    mlflow_is_ours = not settings.tracking_uri.startswith("http")
    services = [
        code,
        Service(
            "dagster",
            [_program("dagster-webserver"), "-h", host, "-p", str(settings.dagster_port), *workspace],
            *("AIECO_DAGSTER_PORT", settings.dagster_port, at(settings.dagster_port)),
            health=at(settings.dagster_port) + "/server_info",
            after=code.name,
        ),
        Service("daemon", [_program("dagster-daemon"), "run", *workspace], after=code.name),
        Service(
            "service",
            [
                *(_program("bentoml"), "serve", "bento.service:AiecoService"),
                *("--host", host, "--port", str(settings.service_port)),
            ],
            *("AIECO_SERVICE_PORT", settings.service_port, at(settings.service_port)),
            health=at(settings.service_port) + "/livez",
            environment=_traces_to(at(settings.mlflow_port)) if mlflow_is_ours else {},
        ),
        Service(
            "dashboard",
            [sys.executable, "-m", "aieco_assets.dashboard"],
            *("AIECO_DASHBOARD_PORT", settings.dashboard_port, at(settings.dashboard_port)),
            health=at(settings.dashboard_port) + "/_favicon.ico",
        ),
    ]
    if mlflow_is_ours:
        services.append(
            Service(
                "mlflow",
                [
                    *(
                        _program("mlflow"),
                        "server",
                        "--host",
                        host,
                        "--port",
                        str(settings.mlflow_port),
                        "--workers",
                        "1",
                    ),
                    *("--artifacts-destination", str(settings.artifacts)),
                ],
                *("AIECO_MLFLOW_PORT", settings.mlflow_port, at(settings.mlflow_port)),
                health=at(settings.mlflow_port) + "/health",
                # The url holds a password: the environment is private to the process, its command line is not.
                environment={
                    "MLFLOW_BACKEND_STORE_URI": settings.tracking_uri,
                    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
                },
            )
        )
    return services


def _code_location(settings: Settings) -> tuple[Service, list[str]]:
    """The one process that has the graph loaded, and what tells webserver and daemon of it.

    Left to themselves, each starts a code server of its own, and the daemon a new one every minute. What `dagster
    code-server start` puts before it stays when it is killed, and takes no call any more.
    """
    socket_file = settings.dagster_home / "code.sock"
    if len(os.fsencode(socket_file)) > _LONGEST_SOCKET or _OF_ADDRESSES & {*str(socket_file)}:
        socket_file = Path(mkdtemp(prefix="aieco-")) / socket_file.name
    socket_file.unlink(missing_ok=True)
    location = {"grpc_server": {"socket": str(socket_file), "location_name": LOCATION}}
    workspace = settings.dagster_home / "workspace.yaml"
    workspace.parent.mkdir(parents=True, exist_ok=True)
    workspace.write_text(json.dumps({"load_from": [location]}))  # which is YAML, too
    command = [
        *(_program("dagster"), "api", "grpc", "--socket", str(socket_file)),
        *("--module-name", "aieco_assets.definitions", "--working-directory", str(ROOT)),
        *("--location-name", LOCATION, "--use-python-environment-entry-point", "--inject-env-vars-from-instance"),
    ]
    return Service("code", command, health=str(socket_file), runs_go_on=True), ["-w", str(workspace)]


def _traces_to(mlflow: str) -> dict[str, str]:
    """What sends the service's traces to MLflow's default experiment, unless somebody said where else, or nowhere."""
    if any(name in os.environ for name in ENDPOINTS):
        return {}
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": mlflow, "OTEL_EXPORTER_OTLP_HEADERS": "x-mlflow-experiment-id=0"}


def check_ports(settings: Settings, services: list[Service]) -> None:
    for service in services:
        if service.port:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((settings.host, service.port))
                except OSError:
                    raise AiecoError(
                        f"Port {service.port} of {service.name} is taken: stop what listens there, "
                        f"or set {service.setting} to a free port."
                    ) from None


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
