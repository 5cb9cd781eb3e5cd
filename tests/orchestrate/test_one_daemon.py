"""The lock by which one daemon acts at a time, between real processes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.orchestrate.one_daemon import is_daemon
from tests.waiting import until

TAKES_ITS_TURN = """
import logging, sys
from aieco_assets.orchestrate.one_daemon import DaemonLock
logging.basicConfig(stream=sys.stdout, format="%(message)s")
DaemonLock.of_this_process(sys.argv[1])
print("acts", flush=True)
sys.stdin.read()
"""


def daemon(settings: Settings) -> subprocess.Popen[str]:
    url = settings.warehouse.replace("postgresql://", "postgresql+psycopg2://", 1)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    return subprocess.Popen([sys.executable, "-c", TAKES_ITS_TURN, url], text=True, **pipes)  # type: ignore[call-overload]


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_a_second_daemon_acts_once_the_first_is_killed(settings: Settings) -> None:
    with daemon(settings) as first:
        assert says(first) == "acts"
        with daemon(settings) as second:
            assert says(second).startswith("Another daemon is at work on this Postgres")
            first.kill()
            assert says(second) == "acts"
            second.kill()


def test_a_daemon_whose_postgres_forgot_the_lock_takes_it_again_or_ends(settings: Settings) -> None:
    forget = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 65 and database = "
    forget += "(select oid from pg_database where datname = current_database())"
    with daemon(settings) as first, connect(settings.warehouse, autocommit=True) as postgres:
        assert says(first) == "acts"
        assert postgres.execute(forget).rowcount == 1
        again = "select count(*) from pg_locks where locktype = 'advisory' and objid = 65 and granted and database = "
        again += "(select oid from pg_database where datname = current_database())"
        until(lambda: postgres.execute(again).fetchall() == [(1,)], 30, "the lock taken again")

        postgres.execute("select pg_terminate_backend(pid) from pg_locks where objid = 65 and locktype = 'advisory'")
        until(lambda: postgres.execute("select pg_try_advisory_lock(65)").fetchall() == [(True,)], 5, "the lock, ours")
        assert first.wait(30) == 1
        assert says(first) == "Another daemon took over while Postgres was away: this one ends."


@pytest.mark.parametrize(
    ("command", "one"),
    [
        (["/x/bin/python", "/x/bin/dagster-daemon", "run", "-w", "workspace.yaml"], True),
        (["/x/bin/python", "-m", "dagster._daemon", "run"], True),
        (["/x/bin/python", "/x/bin/dagster-daemon", "liveness-check"], False),
        (["/x/bin/python", "-m", "dagster", "api", "grpc"], False),
        (["/x/bin/python", "/x/bin/dagster-webserver", "-p", "3000"], False),
        (["/x/bin/python", "-c", "from multiprocessing.spawn import spawn_main"], False),
    ],
)
def test_only_a_daemon_waits_for_its_turn(command: list[str], one: bool) -> None:
    assert is_daemon(command) == one
