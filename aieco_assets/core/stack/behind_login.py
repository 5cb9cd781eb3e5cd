"""The local stack behind its one login: each part listens on a Unix socket in a folder that only its user can enter."""

from __future__ import annotations

import os
import secrets
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.services import Service, local_services

ON_SOCKET = [sys.executable, "-m", "aieco_assets.orchestrate.socket_server"]
_LONGEST_FOLDER = 80  # bytes: a name of a socket has to find room behind it
_AUTHORITY = "127.0.0.1"


def services_behind_login(settings: Settings) -> list[Service]:
    """Those of `local_services`, none of which answers on a port, and the login, which alone does.

    MLflow somewhere else (MLFLOW_TRACKING_URI) stays where it is, and is not shown behind the login.
    """
    folder, secret = (
        _socket_folder(settings.home),
        settings.login_secret.get_secret_value() or secrets.token_urlsafe(32),
    )
    upstreams, moved = [], []
    for service in local_services(settings):
        if not service.port:
            moved.append(service)
            continue
        socket = folder / f"{service.name}.sock"
        socket.unlink(missing_ok=True)
        upstreams.append(f"{service.name}=unix:{socket}")
        moved.append(_on_socket(settings, service, socket, secret))
    url = settings.login_url or f"http://127.0.0.1:{settings.login_port}"
    login = Service(
        "login",
        [sys.executable, "-m", "aieco_assets.login"],
        *("AIECO_LOGIN_PORT", settings.login_port, url.rstrip("/")),
        # Answers by the name that people use, whatever it is bound to.
        health=f"tcp:{_reachable(settings.host)}:{settings.login_port}",
        environment={"AIECO_LOGIN_UPSTREAMS": ",".join(upstreams), "AIECO_LOGIN_SECRET": secret},
    )
    return [*moved, login]


def _on_socket(settings: Settings, service: Service, socket: Path, secret: str) -> Service:
    """The same part, which listens there and nowhere else."""
    way = {"dagster": _dagster, "service": _service, "dashboard": _dashboard, "mlflow": _mlflow}[service.name]
    return replace(way(settings, service, socket, secret), port=0, setting="", url="", health=str(socket))


def _dagster(settings: Settings, service: Service, socket: Path, _: str) -> Service:
    options = service.command[service.command.index("-w") :]
    return replace(service, command=[*ON_SOCKET, str(socket), "dagster", "--path-prefix", "/dagster", *options])


def _service(settings: Settings, service: Service, socket: Path, secret: str) -> Service:
    environment = {**service.environment, "AIECO_LOGIN_SECRET": secret}
    if "OTEL_EXPORTER_OTLP_ENDPOINT" in environment:
        # By the door like everybody: an exporter knows no Unix sockets.
        headers = f"{environment['OTEL_EXPORTER_OTLP_HEADERS']},authorization=Bearer%20{secret}"
        environment |= {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{_reachable(settings.host)}:{settings.login_port}/mlflow",
            "OTEL_EXPORTER_OTLP_HEADERS": headers,
        }
    return replace(service, command=[*ON_SOCKET, str(socket), "service"], environment=environment)


def _dashboard(settings: Settings, service: Service, socket: Path, _: str) -> Service:
    names = {"_AIECO_DASHBOARD_SOCKET": str(socket), "_AIECO_DASHBOARD_PREFIX": "/dashboard/"}
    return replace(service, environment={**service.environment, **names})


def _mlflow(settings: Settings, service: Service, socket: Path, _: str) -> Service:
    # uvicorn takes the socket in place of host and port.
    options = ["--static-prefix", "/mlflow", "--uvicorn-opts", f"--uds '{socket}'"]
    return replace(service, command=[*service.command, *options])


def _reachable(host: str) -> str:
    return _AUTHORITY if host in ("0.0.0.0", "localhost") else host  # noqa: S104


def _socket_folder(home: Path) -> Path:
    """A socket is open to whoever can enter its folder."""
    folder = home / "sockets"
    if len(os.fsencode(folder)) > _LONGEST_FOLDER or set(str(folder)) & {*"',= "}:
        return Path(mkdtemp(prefix="aieco-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder
