"""Images and containers where no engine runs by itself: podman as root, without systemd and without a registry."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.waiting import until

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "deploy" / "compose"
STAND_INS = Path(__file__).parent / "stand_ins"
PROJECT = "aieco-check"
# runc takes what a machine without systemd has of cgroups, and limits that such a machine lets one set.
CONFIGURATION = """
[network]
network_backend = "netavark"
[containers]
default_ulimits = ["nofile=16384:16384", "nproc=8192:8192"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
NEEDED = ("podman", "runc", "mmdebstrap", "iptables", "catatonit")
CERTIFICATES = "/etc/ssl/certs"


def run(*command: str | Path, seconds: int = 600, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
    """A command that ends; what it said is in the failure."""
    found = subprocess.run([*command], text=True, capture_output=True, timeout=seconds, **more)
    assert not check or found.returncode == 0, f"{command}: {found.stdout[-2000:]}{found.stderr[-3000:]}"
    return found


def build_images(folder: Path) -> None:
    """The base from Debian's archive, the three images by `make images`, and the stand-ins for what others publish.

    An index that is reached through a proxy of its own is asked with this machine's certificates, and PIP_FIND_LINKS,
    where it is set, has torch's build for the processor.
    """
    base = "localhost/aieco-base"
    if run("podman", "image", "exists", base, check=False).returncode:
        archive = folder / "base.tar"
        included = "--include=python3,python3-venv,ca-certificates"
        run("mmdebstrap", "--variant=minbase", included, "bookworm", archive, seconds=1800)
        run("podman", "import", archive, base)
        archive.unlink()
    options = f"--isolation chroot --network host --build-arg BASE={base} -v {CERTIFICATES}:{CERTIFICATES}:ro"
    if wheels := os.environ.get("PIP_FIND_LINKS"):
        options += f" -v {wheels}:{wheels}:ro --build-arg UV_FIND_LINKS={wheels} --build-arg TORCH_INDEX="
    run("make", "images", "ENGINE=podman", f"IMAGE_OPTIONS={options}", cwd=ROOT, seconds=7200)
    for name in ("postgres", "s3", "prometheus", "alertmanager"):
        # Debian's Postgres makes a certificate of its own as it is installed.
        trusted = [] if name == "postgres" else ["-v", f"{CERTIFICATES}:{CERTIFICATES}:ro"]
        how = ["--layers", "--isolation", "chroot", "--network", "host", "--build-arg", f"BASE={base}", *trusted]
        run("podman", "build", *how, "--target", name, "-t", f"localhost/stand-in-{name}", STAND_INS, seconds=1800)


@dataclass
class Parts:
    """deploy/compose with random secrets and ports of its own, brought up part by part in the order of depends_on:
    podman asks for a container's health only where systemd does it."""

    folder: Path
    first_port: int = 13900

    def __post_init__(self) -> None:
        for name in ("sources", "models", "secrets"):
            (self.folder / name).mkdir()
        self.key = secrets.token_hex(24)
        (self.folder / "secrets" / "metrics.key").write_text(self.key)
        (self.folder / "secrets" / "slack.url").write_text("http://127.0.0.1:9/")
        self.services: dict[str, dict[str, Any]] = yaml.safe_load((COMPOSE / "compose.yaml").read_text())["services"]
        values = dict(
            line.split("=", 1)
            for line in (COMPOSE / ".env.example").read_text().split("\n")
            if line[:1].isalpha() and "=" in line
        )
        ports = {name: str(self.first_port + at) for at, name in enumerate(values) if name.endswith("_PORT")}
        self.values = {name: value or secrets.token_hex(24) for name, value in values.items()} | ports
        self.values |= {"AIECO_API_KEY": self.key, "AIECO_API_KEYS": self.key}
        self.values |= dict.fromkeys(("AIECO_DOCUMENTS", "AIECO_TRANSACTIONS", "AIECO_ALERTS"), "")
        self.values |= {name.upper(): str(self.folder / name) for name in ("sources", "models", "secrets")}
        self.file = self.folder / "env"
        self.file.write_text("".join(f"{name}={value}\n" for name, value in self.values.items()))

    def compose(self, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("podman-compose")
        files = ["-f", COMPOSE / "compose.yaml", "-f", STAND_INS / "compose.yaml"]
        return run(program, "--env-file", self.file, "-p", PROJECT, *files, *arguments, cwd=COMPOSE, **more)

    def container(self, part: str) -> str:
        return f"{PROJECT}_{part}_1"

    def up(self, part: str) -> None:
        """Returns once the part is healthy, or has ended well."""
        self.compose("up", "-d", "--no-deps", "--no-build", part)
        if part == "prepare":
            ended = run("podman", "wait", self.container(part), seconds=600).stdout.strip()
            assert ended == "0", self.logs(part)
            return
        check = ("podman", "healthcheck", "run", self.container(part))
        try:
            until(lambda: run(*check, check=False).returncode == 0, 300, f"health of {part}", every=2)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.logs(part)}") from None

    def logs(self, part: str) -> str:
        found = run("podman", "logs", self.container(part), check=False)
        return f"{part}: {found.stdout[-2000:]}{found.stderr[-2000:]}"

    def inside(self, part: str, *command: str, **more: Any) -> subprocess.CompletedProcess[str]:
        return run("podman", "exec", self.container(part), *command, **more)

    def url(self, part: str) -> str:
        return f"http://127.0.0.1:{self.values[f'{part.upper()}_PORT']}"

    def down(self) -> None:
        self.compose("down", "-v", "-t", "5", check=False)
