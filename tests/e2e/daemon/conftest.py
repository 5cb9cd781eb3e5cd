"""One home, filled once with the sample, for every test of this folder; and its daemon, as `aieco up` starts it."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import dagster as dg
import psutil
import pytest
from pydantic import SecretStr

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.services import Service, local_services
from aieco_assets.core.storage.postgres import connect
from tests.core.policy.literal import measured
from tests.e2e.conftest import ROOT, Home, sample_home
from tests.waiting import until

long = pytest.mark.skipif("AIECO_KILLS" not in os.environ, reason="Half an hour with the real daemon: make kills")
YESTERDAY = datetime.now(timezone.utc).date() - timedelta(days=1)
POINTS_OF_KILLS = Path(__file__).parent / "killing"
UNFINISHED = [dg.DagsterRunStatus[name] for name in ("NOT_STARTED", "QUEUED", "STARTING", "STARTED", "CANCELING")]


@pytest.fixture(scope="session")
def filled(request: pytest.FixtureRequest) -> Iterator[Home]:
    """A home after `aieco run` on the embedded sample."""
    with sample_home(request) as home:
        yield home


@dataclass
class Daemons:
    """Daemons of a home and the one code server they share, beside no other process of the stack."""

    home: Home
    folder: Path
    environment: dict[str, str]
    running: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = field(default_factory=list)
    code: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = field(default_factory=list)

    @property
    def policies(self) -> Path:
        return self.folder / "policies"

    @property
    def fuses(self) -> Path:
        return self.folder / "fuses"

    @property
    def settings(self) -> Settings:
        url = SecretStr(self.environment["AIECO_POSTGRES_URL"])
        return Settings(home=self.home.path, postgres_url=url, policies=str(self.policies), _env_file=None)  # type: ignore[call-arg]

    @cached_property
    def services(self) -> dict[str, Service]:
        return {one.name: one for one in local_services(self.settings)}

    def start(self) -> subprocess.Popen[bytes]:
        self._ensure_code()
        return self._begin("daemon", self.running)

    def ensure(self) -> None:
        """As `aieco up` does: what has ended is started again."""
        self._ensure_code()
        if _ended(self.running):
            self.start()

    def _ensure_code(self) -> None:
        if _ended(self.code):
            self._begin("code", self.code)
            wait(lambda: _listens(self.services["code"].health), 300, "the code server")

    def _begin(self, name: str, among: list[tuple[subprocess.Popen[bytes], IO[bytes]]]) -> subprocess.Popen[bytes]:
        log = open(self.folder / f"{name}-{len(among)}.log", "wb")  # noqa: SIM115 - closed by stop
        process = subprocess.Popen(
            self.services[name].command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        among.append((process, log))
        return process

    def log(self, number: int) -> str:
        return (self.folder / f"daemon-{number}.log").read_text(errors="replace")

    def stop(self) -> None:
        for process in psutil.process_iter():
            try:
                if process.environ().get("AIECO_FUSES") == str(self.fuses):
                    process.kill()
            except psutil.Error:
                continue
        for process, log in (*self.running, *self.code):
            process.wait(30)
            log.close()

    def policy(self, name: str, *actions: str) -> str:
        """A policy that acts at once, for of yesterday it is known that customers had drifted; its decision's id."""
        body = "".join(f", {{{action}}}" for action in actions)[2:]
        trigger = "{metric: drift_share, above: 0.5}"
        part = self.policies / f"{name}.part"
        part.write_text(f"policies: [{{name: {name}, triggers: [{trigger}], actions: [{body}]}}]\n")
        part.rename(self.policies / f"{name}.yaml")
        return f"{name}.{YESTERDAY}"

    def actions(self, decision: str) -> list[tuple[str, str]]:
        """(state, result) of each action of a decision."""
        with connect(self.settings.warehouse) as connection:
            rows = connection.execute(
                "select state, result from monitoring.decision_actions where decision_id = %s order by position",
                (decision,),
            ).fetchall()
        return [(state, result) for state, result in rows]

    def ended(self, decision: str) -> bool:
        states = [state for state, _ in self.actions(decision)]
        return bool(states) and not {"pending", "claimed"} & {*states}

    def told(self, decision: str) -> list[tuple[str, int]]:
        """What people were told of a decision's actions: (action, how often it was an incident of its own)."""
        with connect(self.settings.warehouse) as connection:
            return connection.execute(
                "select subject, count(*) from monitoring.incidents where kind = 'policy_action'"
                " and subject like %s group by 1 order by 1",
                (f"{decision}#%",),
            ).fetchall()  # type: ignore[return-value]


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def _ended(processes: list[tuple[subprocess.Popen[bytes], IO[bytes]]]) -> bool:
    return all(process.poll() is not None for process, _ in processes)


@contextmanager
def instance_of(daemons: Daemons) -> Iterator[dg.DagsterInstance]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIECO_DAGSTER_POSTGRES_URL", daemons.environment["AIECO_DAGSTER_POSTGRES_URL"])
        with dg.DagsterInstance.from_config(daemons.environment["DAGSTER_HOME"]) as instance:
            yield instance


@pytest.fixture
def daemons(filled: Home, tmp_path: Path) -> Iterator[Daemons]:
    """No daemon yet, policies of the test's own, and processes that can be killed at a point (see killing/)."""
    told = filled.aieco("env")
    assert told.returncode == 0, told.stderr
    exported = dict(line.removeprefix("export ").split("=", 1) for line in told.stdout.splitlines())
    mine: dict[str, Any] = {name: shlex.split(value)[0] if value else "" for name, value in exported.items()}
    for name in ("policies", "fuses"):
        (tmp_path / name).mkdir()
    # This checkout's code, also where the environment was installed from another one.
    path = os.pathsep.join(filter(None, (str(POINTS_OF_KILLS), str(ROOT), os.environ.get("PYTHONPATH", ""))))
    mine |= {"AIECO_POLICIES": str(tmp_path / "policies"), "AIECO_FUSES": str(tmp_path / "fuses"), "PYTHONPATH": path}
    daemons = Daemons(filled, tmp_path, {**filled.environment, **mine})
    measured(daemons.settings, {YESTERDAY: 0.9})
    try:
        yield daemons
    finally:
        daemons.stop()
        filled.aieco("down")


def run_group(instance: dg.DagsterInstance, action: str) -> list[dg.DagsterRun]:
    """The run of a policy's action and the runs that took it up again, oldest first."""
    return [*instance.get_runs(dg.RunsFilter(tags={"aieco/policy_action": action}))][::-1]


def wait_until_ended(daemons: Daemons, decision: str, seconds: float) -> None:
    def ended() -> bool:
        daemons.ensure()
        return daemons.ended(decision)

    wait(ended, seconds, f"the end of {decision}")


def wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Looks once a second: what is waited for needs the cores."""
    until(condition, seconds, what, every=1)
