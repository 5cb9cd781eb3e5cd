"""The warm dbt: what is forked off it is as good as dbt itself, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.dbt import PROJECT_DIR, dbt_command, dbt_environment
from aieco_assets.core.stack.dbt_client import SOCKET
from aieco_assets.core.stack.warm_dbt import WarmDbt
from aieco_assets.core.storage.postgres import connect

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="forking off a warm dbt needs Linux")


@pytest.fixture
def warm(warm_dbt: WarmDbt) -> psutil.Process:
    assert warm_dbt.process
    return psutil.Process(warm_dbt.process.pid)


@pytest.fixture
def environment(platform: Settings, tmp_path: Path) -> dict[str, str]:
    target = {"DBT_TARGET_PATH": str(tmp_path), "DBT_LOG_PATH": str(tmp_path), "DBT_USE_COLORS": "false"}
    return {**os.environ, **dbt_environment(platform.warehouse), **target}


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*dbt_command(), *arguments],
        cwd=PROJECT_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def is_tracker(child: psutil.Process) -> bool:
    try:
        return "multiprocessing.resource_tracker" in " ".join(child.cmdline())
    except psutil.NoSuchProcess:  # a command that has just ended and is not reaped yet
        return False


def commands(warm: psutil.Process) -> list[psutil.Process]:
    """What was forked off it and is still there; Python's tracker of semaphores is a child of its own."""
    return [child for child in warm.children() if not is_tracker(child)]


def asks(settings: Settings, what: str) -> int:
    with connect(settings.warehouse) as connection:
        query = "select count(*) from pg_stat_activity where query like %s and pid <> pg_backend_pid()"
        (count,) = connection.execute(query, (f"%{what}%",)).fetchone() or (0,)
        return count


def wait_until(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_command_gets_its_arguments_and_gives_its_output_and_exit_code(warm, environment):
    shown = start(environment, "show", "--quiet", "--output", "json", "--inline", "select current_database() as here")
    assert environment["PGDATABASE"] in shown.communicate()[0]
    assert shown.returncode == 0
    refused = start(environment, "nonsense")
    assert "No such command 'nonsense'" in refused.communicate()[0]
    assert refused.returncode == 2


def test_each_command_has_its_own_environment_whatever_was_rehearsed_in_another(warm, environment, tmp_path):
    parsed, written = tmp_path / "partial_parse.msgpack", set()
    for word in ("first", "second", "third"):
        query = "select '{{ env_var('WORD') }}' as word"
        shown = start({**environment, "WORD": word}, "show", "--quiet", "--output", "json", "--inline", query)
        said = shown.communicate()[0]
        assert word in said and shown.returncode == 0, said
        written.add(parsed.stat().st_mtime_ns)
    assert len(written) == 1  # neither the others nor the rehearsal had to parse again
    assert "WORD" not in warm.environ() and warm.num_threads() == 1


def test_a_project_with_other_variables_is_parsed_in_the_command_and_leaves_no_thread_in_the_warm_dbt(environment):
    with pytest.MonkeyPatch.context() as patch, WarmDbt() as own:
        patch.delenv(SOCKET, raising=False)
        own.start()
        asked = {**environment, SOCKET: os.environ[SOCKET]}
        for variables in ("{largest_basket: 2}", "{largest_basket: 3}"):
            query = "select '{{ var('largest_basket') }} items' as said"
            shown = start(asked, "show", "--quiet", "--vars", variables, "--output", "json", "--inline", query)
            assert variables[-2] + " items" in shown.communicate(timeout=120)[0]
        assert own.process and psutil.Process(own.process.pid).num_threads() == 1


def test_ctrl_c_ends_the_command_and_its_query_and_not_the_warm_dbt(warm, environment, platform):
    command = start(environment, "show", "--inline", "select pg_sleep(601)")
    wait_until(lambda: asks(platform, "pg_sleep(601)"))
    command.send_signal(signal.SIGINT)
    assert command.wait(30) != 0
    wait_until(lambda: not asks(platform, "pg_sleep(601)") and commands(warm) == [])
    assert warm.is_running()


def test_when_who_asked_is_killed_so_is_the_command(warm, environment, platform):
    command = start(environment, "show", "--inline", "select pg_sleep(602)")
    wait_until(lambda: asks(platform, "pg_sleep(602)"))
    command.kill()
    wait_until(lambda: not asks(platform, "pg_sleep(602)") and commands(warm) == [])


def test_when_its_owner_is_killed_all_of_it_ends(environment, platform):
    code = (
        "import subprocess, sys, time; from aieco_assets.core.stack.warm_dbt import WarmDbt;"
        "warm = WarmDbt().__enter__(); warm.start(); print(warm.process.pid, flush=True);"
        "subprocess.run(sys.argv[1:])"
    )
    arguments = [*dbt_command(), "show", "--inline", "select pg_sleep(603)"]
    owner = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, cwd=PROJECT_DIR, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout
    warm = psutil.Process(int(owner.stdout.readline()))
    wait_until(lambda: asks(platform, "pg_sleep(603)"), 60)
    family = [*warm.children(recursive=True), *psutil.Process(owner.pid).children(recursive=True), warm]
    owner.kill()
    assert psutil.wait_procs(family, timeout=30)[1] == []
    assert asks(platform, "pg_sleep(603)") == 0


@pytest.fixture
def as_another_user() -> Iterator[None]:
    if os.getuid() != 0:
        pytest.skip("only root can be another user")
    os.seteuid(65534)
    yield
    os.seteuid(0)


def test_another_user_is_not_served(warm, as_another_user):
    with socket.socket(socket.AF_UNIX) as connection, open(os.devnull, "rb") as request:
        connection.connect(f"\0{os.environ[SOCKET]}")
        os.seteuid(0)
        assert connection.recv(1) == b""
        with pytest.raises(OSError):
            socket.send_fds(connection, [b"!"], [request.fileno(), 0, 1, 2])
    assert commands(warm) == []


def test_what_listens_for_another_user_gets_neither_command_nor_environment(environment, as_another_user):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("\0aieco-dbt-of-another")
        listener.listen()
        os.seteuid(0)
        command = start({**environment, SOCKET: "aieco-dbt-of-another"}, "--version")
        assert "installed" in command.communicate()[0]
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(1) == b""


def test_without_a_warm_dbt_the_installed_one_answers(environment):
    command = start({name: value for name, value in environment.items() if name != SOCKET}, "--version")
    assert "installed" in command.communicate()[0]
    assert command.returncode == 0
