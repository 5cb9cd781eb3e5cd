"""Servers that the platform is given by address, each a process of its own on loopback.

Postgres is a real one (Debian's where it is installed, else the embedded one's programs), PgBouncer is a real one in
transaction mode, MLflow is its own server with its own login. S3 is moto's server, a stand-in that keeps objects in
memory: what is killed and started again is its address, in a process before it, so that a killed store has lost
nothing when it is back, as a real one.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import httpx
import psycopg

from aieco_assets.core.storage.postgres_host import binaries, free_port, server_user, write_secret
from tests.waiting import until

USER, PASSWORD = "company", "correct-horse-battery"
BUCKET = "company"
AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
MLFLOW_USER, MLFLOW_PASSWORD = "platform", "a-long-enough-password"


@dataclass
class Process:
    """A server that is started, killed and started again at the same port."""

    command: list[str]
    port: int
    log: Path
    environment: Mapping[str, str] | None = None
    owner: tuple[int, int] | None = None
    running: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, seconds: float = 60) -> None:
        identity = {} if self.owner is None else {"user": self.owner[0], "group": self.owner[1], "extra_groups": []}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                self.command,
                cwd="/",
                env=dict(self.environment or os.environ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **identity,  # type: ignore[call-overload]
            )
        until(self._is_ready, seconds, f"{Path(self.command[0]).name} at {self.port}, see {self.log}", every=0.05)

    def kill(self, signal_: signal.Signals = signal.SIGKILL) -> None:
        """To it and all that it started."""
        if self.running is not None and self.running.poll() is None:
            os.killpg(self.running.pid, signal_)
            self.running.wait(30)

    def _is_ready(self) -> bool:
        assert self.running is not None and self.running.poll() is None, self.log.read_text(errors="replace")[-2_000:]
        return listens(self.port)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def postgres(folder: Path) -> Iterator[int]:
    """The port of a Postgres of its own, with the user USER, who may make databases and roles."""
    programs, data, owner = _programs(), folder / "postgres", server_user()
    identity = {} if owner is None else {"user": owner[0], "group": owner[1], "extra_groups": []}
    data.mkdir()
    password = folder / "password"
    write_secret(password, PASSWORD)
    if owner:
        os.chown(data, *owner)
        os.chown(password, *owner)

    def run(program: str, *arguments: str) -> None:
        with (folder / f"{program}.log").open("ab") as log:
            subprocess.run(
                [str(programs / program), *arguments],
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=True,
                **identity,  # type: ignore[call-overload]
            )

    run("initdb", "-D", str(data), "-U", "postgres", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync")
    port = free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {data} -c fsync=off -c max_connections=60"
    run("pg_ctl", "start", "-w", "-D", str(data), "-l", str(data / "server.log"), "-o", options)
    try:
        with psycopg.connect(f"postgresql://postgres:{PASSWORD}@127.0.0.1:{port}/postgres", autocommit=True) as admin:
            admin.execute(f"create role {USER} login createdb createrole password '{PASSWORD}'".encode())
        yield port
    finally:
        run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(data))


def _programs() -> Path:
    """Debian's newest Postgres, else the one of the wheel."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name)) if found else binaries()


@contextmanager
def pgbouncer(
    folder: Path, postgres_port: int, user: str = USER, password: str = PASSWORD, more: str = ""
) -> Iterator[Process]:
    """PgBouncer in transaction mode before that Postgres: a server connection is anybody's after each transaction.
    `more`: further lines of its file."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    assert Path(program).exists(), "PgBouncer is not installed: apt-get install pgbouncer"
    place, owner, port = folder / "pgbouncer", server_user(), free_port()
    place.mkdir()
    (place / "users").write_text(f'"{user}" "{password}"\n')
    (place / "pgbouncer.ini").write_text(f"""
[databases]
* = host=127.0.0.1 port={postgres_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {place / "users"}
pool_mode = transaction
default_pool_size = 8
max_client_conn = 400
stats_users = {user}
{more}
""")
    if owner:
        for path in (place, *place.iterdir()):
            os.chown(path, *owner)
    server = Process([program, str(place / "pgbouncer.ini")], port, folder / "pgbouncer.log", owner=owner)
    server.start()
    try:
        yield server
    finally:
        server.kill()


@contextmanager
def s3(folder: Path) -> Iterator[Process]:
    """The stand-in's address, with an empty bucket behind it."""
    store = Process([sys.executable, "-m", "moto.server", "-p", str(port := free_port())], port, folder / "moto.log")
    before = free_port()
    command = [sys.executable, str(Path(__file__).with_name("address.py")), str(before), str(port)]
    address = Process(command, before, folder / "address.log")
    try:
        store.start()
        address.start()
        client(address.url).create_bucket(Bucket=BUCKET)
        yield address
    finally:
        address.kill()
        store.kill()


def client(endpoint: str):
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=AWS["AWS_DEFAULT_REGION"],
        aws_access_key_id=AWS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=AWS["AWS_SECRET_ACCESS_KEY"],
    )


@contextmanager
def mlflow(folder: Path, database: str, endpoint: str) -> Iterator[Process]:
    """MLflow's server with its login (basic-auth), its store in Postgres and its artifacts in the bucket."""
    config, port = folder / "mlflow-auth.ini", free_port()
    config.write_text(
        "[mlflow]\ndefault_permission = NO_PERMISSIONS\n"
        f"database_uri = sqlite:///{folder / 'mlflow-users.db'}\nadmin_username = {MLFLOW_USER}\n"
    )
    options = ["--app-name", "basic-auth", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command = [str(Path(sys.executable).with_name("mlflow")), "server", *options]
    environment = {
        **os.environ,
        **AWS,
        "MLFLOW_BACKEND_STORE_URI": database.replace("postgresql://", "postgresql+psycopg2://", 1),
        "MLFLOW_S3_ENDPOINT_URL": endpoint,
        "MLFLOW_AUTH_CONFIG_PATH": str(config),
        "MLFLOW_AUTH_ADMIN_PASSWORD": MLFLOW_PASSWORD,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "of-this-test",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    server = Process(
        [*command, "--artifacts-destination", f"s3://{BUCKET}/mlflow"], port, folder / "mlflow.log", environment
    )
    try:
        server.start(120)
        yield server
    finally:
        server.kill(signal.SIGTERM)


@dataclass(frozen=True)
class Parts:
    """All of it, and the variables by which a home is told of it."""

    postgres_port: int
    pgbouncer: Process
    s3: Process
    mlflow: Process

    @property
    def url(self) -> str:
        """The warehouse, through PgBouncer."""
        return database_url(self.pgbouncer.port)

    @property
    def variables(self) -> dict[str, str]:
        return {
            **AWS,
            "AIECO_POSTGRES_URL": self.url,
            "AIECO_LAKE_URL": f"s3://{BUCKET}/lake",
            "AIECO_LANCEDB_URL": f"s3://{BUCKET}/lancedb",
            "AIECO_S3_ENDPOINT_URL": self.s3.url,
            "MLFLOW_TRACKING_URI": self.mlflow.url,
            "MLFLOW_TRACKING_USERNAME": MLFLOW_USER,
            "MLFLOW_TRACKING_PASSWORD": MLFLOW_PASSWORD,
        }


def database_url(port: int, name: str = "aieco") -> str:
    return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{port}/{name}"


@contextmanager
def parts(folder: Path) -> Iterator[Parts]:
    """Every part apart."""
    with ExitStack() as stack:
        port = stack.enter_context(postgres(folder))
        with psycopg.connect(database_url(port, "postgres"), autocommit=True) as server:
            for name in ("aieco", "aieco_mlflow"):  # as an administrator makes them; aieco_dagster is made by us
                server.execute(f"create database {name}".encode())
        bouncer = stack.enter_context(pgbouncer(folder, port))
        store = stack.enter_context(s3(folder))
        registry = stack.enter_context(mlflow(folder, database_url(bouncer.port, "aieco_mlflow"), store.url))
        yield Parts(port, bouncer, store, registry)


def health(url: str) -> int:
    """The status of a GET, 0 while nobody answers."""
    try:
        return httpx.get(url, timeout=5).status_code
    except httpx.HTTPError:
        return 0


def host_and_port(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
