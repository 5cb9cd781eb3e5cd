"""The commands as a user runs them, on a home of their own."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString

import psutil
import pytest

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.postgres import connect
from aieco_assets.core.storage.postgres_host import is_free

ROOT = Path(__file__).parents[2]
AIECO = str(Path(sys.executable).with_name("aieco"))
PORTS = ("DAGSTER", "MLFLOW", "SERVICE", "DASHBOARD", "LOGIN")
# A stack may start minutes after its ports were chosen. Those from 32768 on the system gives to whoever asks for any,
# so they come from below, and each process has a hundred of its own: neighbours in number are others of this run.
_ports = iter(range(12_000 + os.getpid() % 200 * 100, 32_000))


@dataclass
class Home:
    """A home and the environment that points at it."""

    path: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AIECO_")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        return {**kept, "AIECO_HOME": str(self.path), "HF_HUB_OFFLINE": "1", "TERM": "dumb", **self.variables}

    def aieco(self, *arguments: str, timeout: float = 1500) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [AIECO, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=timeout
        )

    def json(self, *arguments: str) -> Any:
        result = self.aieco(*arguments, "--json")
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout)

    def refused(self, *arguments: str, naming: str) -> None:
        """The command must end in one sentence that names the thing, with exit code 1 and no traceback."""
        result = self.aieco(*arguments)
        assert result.returncode == 1, result.stdout + result.stderr
        assert "Traceback" not in result.stdout + result.stderr
        assert naming in result.stderr
        message = [line for line in result.stderr.splitlines() if line.startswith("aieco: ")]
        assert len(message) == 1, result.stderr

    def rows(self, query: LiteralString, *values: Any) -> list[tuple[Any, ...]]:
        """What the warehouse of this home answers."""
        with open_platform(Settings(home=self.path, _env_file=None)) as opened, connect(opened.warehouse) as connection:  # type: ignore[call-arg]
            return connection.execute(query, values).fetchall()

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [AIECO, *arguments],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def processes(self, running: str = "") -> list[psutil.Process]:
        """Living processes that belong to this home, by command line or environment; those `running` a module."""
        mine = []
        for process in psutil.process_iter():
            try:
                command = " ".join(process.cmdline())
                told = command + process.environ().get("AIECO_HOME", "")
                if str(self.path) in told and running in command and process.status() != psutil.STATUS_ZOMBIE:
                    mine.append(process)
            except psutil.Error:
                continue
        return [process for process in mine if process.pid != os.getpid()]


def make_home(**variables: str) -> Home:
    folder = Path(tempfile.mkdtemp(prefix="aieco-e2e-"))
    folder.chmod(0o755)
    ports = {f"AIECO_{name}_PORT": str(next(port for port in _ports if is_free(port))) for name in PORTS}
    # Hidden as the default is: some tools refuse to read below such a folder.
    # Others are at work beside: two threads of the language model would wait for each other, and burn a core by it.
    return Home(folder / ".aieco", {**ports, "AIECO_N_THREADS": "1", **variables})


def one_document(folder: Path) -> str:
    """A document source for what is about transactions: the sample's need not be read, embedded and asked once more."""
    folder.mkdir()
    (folder / "returns.md").write_text("# Returns\n\nYou have 45 days to return an unused item.\n")
    return str(folder)


def remove(home: Home) -> None:
    home.aieco("down")
    shutil.rmtree(home.path.parent, ignore_errors=True)


# Folders that begin with a home after `aieco run` on the embedded sample, and change it.
ON_THE_SAMPLE = ("tests/e2e/sample/", "tests/e2e/daemon/")


@contextmanager
def sample_home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """A home after `aieco run` on the embedded sample, run once for all of ON_THE_SAMPLE that this session collected.

    The process that asks first runs it and leaves a copy; the next one waits for the copy and moves it to a place of
    its own, which a home allows.
    """
    shared = request.getfixturevalue("tmp_path_factory").getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    copy = shared / "sample" / ".aieco"
    home = make_home()
    try:
        with open(shared / "sample.lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if copy.exists():
                subprocess.run(["mv", copy, home.path], check=True)  # keeps owners wherever the two lie
            else:
                result = home.aieco("run", timeout=1800)  # generous: whole stacks run beside it
                assert result.returncode == 0, result.stdout + result.stderr
                asked = {folder for one in request.session.items for folder in ON_THE_SAMPLE if folder in one.nodeid}
                if len(asked) > 1 and not home.processes():
                    _copy(home.path, copy)
        yield home
    finally:
        remove(home)


def _copy(home: Path, to: Path) -> None:
    """With owners and modes, as the cluster within needs them; whole or not at all."""
    to.parent.mkdir(exist_ok=True)
    part = to.with_name("part")
    subprocess.run(["cp", "-a", home, part], check=True)
    part.rename(to)


@pytest.fixture
def fresh() -> Iterator[Home]:
    home = make_home()
    yield home
    remove(home)
