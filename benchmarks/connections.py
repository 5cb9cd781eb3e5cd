"""Connections that a server keeps: our pool beside psycopg_pool and beside opening one each time, in one run."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from aieco_assets.core.errors import Unavailable
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.pool import close_kept
from aieco_assets.core.storage.postgres import connect, kept_connections
from aieco_assets.core.storage.postgres_host import free_port
from benchmarks.record import Result

ROUNDS, EACH = 9, 200
WAIT = 10.0  # seconds: what a connection may take to open, and what psycopg_pool is therefore told to wait


def connections() -> list[Result]:
    """A question to Postgres with a connection from each, and the time until one is told that Postgres is away."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)
        url = stack.enter_context(open_platform(Settings(home=Path(folder), _env_file=None))).warehouse  # type: ignore[call-arg]
        library = stack.enter_context(_library(url))
        ways = {"ours": lambda: _ours(url), "psycopg_pool": lambda: _theirs(library), "none": lambda: _opened(url)}
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, ask in ways.items():
                taken[name].append(_seconds(ask, EACH if name != "none" else EACH // 10))
        close_kept()
        each = {name: statistics.median(seconds) * 1_000 for name, seconds in taken.items()}
    gone = f"postgresql://nobody:x@127.0.0.1:{free_port()}/gone"
    ours, theirs = _until_told(lambda: _ours(gone)), _until_told(lambda: _theirs(_library(gone)))
    return [
        Result("ours: a question with a kept connection", each["ours"], "ms"),
        Result("psycopg_pool: the same, checked before and reset after", each["psycopg_pool"], "ms"),
        Result("psycopg_pool : ours", each["psycopg_pool"] / each["ours"], "times"),
        Result("a new connection each time : ours", each["none"] / each["ours"], "times"),
        Result("ours: until it is told that Postgres is away", ours, "s", limit=1),
        Result("psycopg_pool: the same", theirs, "s"),
    ]


def _ours(url: str) -> None:
    with kept_connections(), connect(url) as connection:
        connection.execute("select 1")


def _library(url: str) -> ConnectionPool:
    def reset(connection: psycopg.Connection) -> None:
        connection.read_only = connection.isolation_level = None

    return ConnectionPool(
        url,
        min_size=0,
        max_size=4,
        open=True,
        timeout=WAIT,
        check=ConnectionPool.check_connection,
        reset=reset,
        kwargs={"prepare_threshold": None, "connect_timeout": int(WAIT)},
    )


def _theirs(pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        connection.execute("select 1")


def _opened(url: str) -> None:
    with connect(url) as connection:
        connection.execute("select 1")


def _seconds(ask: Callable[[], None], times: int) -> float:
    """Of one."""
    began = time.perf_counter()
    for _ in range(times):
        ask()
    return (time.perf_counter() - began) / times


def _until_told(ask: Callable[[], None]) -> float:
    began = time.perf_counter()
    try:
        ask()
    except (Unavailable, PoolTimeout):
        return time.perf_counter() - began
    raise AssertionError("nobody is there to answer")
