"""The service as users meet it: `bentoml serve` over the sample's graph, asked over HTTP from this machine.

AIECO_BENCH_HOME names a home in which `aieco run` has gone through; without it one is made first (2 minutes).
The clients take 0.8 ms a request of the same cores: read requests per second as a lower bound.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from benchmarks.load import ABANDONED, LOOKUPS, Request, abandoned, load, timed_load
from benchmarks.record import Result

ROOT = Path(__file__).parents[1]
READY_SECONDS, CLIENTS = 120, 4
CAPACITY, LOAD_SECONDS = 9, 15  # one answer runs, eight wait


def service() -> list[Result]:
    """Ready, memory, look-ups, predictions, answers at capacity and at four times as many clients."""
    with sample_home() as home, serving(home) as (url, ready, process):
        questions, customers = questions_of(home), _customers(home)
        asyncio.run(load(url, [("/answer", {"question": one}) for one in questions], 1, len(questions)))
        searching, search_seconds = timed_load(url, [("/search", {"question": one}) for one in questions], CLIENTS)
        predict = [("/predict", {"customer_ids": [one]}) for one in customers]
        predicting, predict_seconds = timed_load(url, predict, CLIENTS)
        answer: list[Request] = [("/answer", {"question": one}) for one in questions]
        # Few, many, many, few: what drifts meanwhile falls on both.
        loads = [
            asyncio.run(load(url, answer, clients, seconds=LOAD_SECONDS))
            for clients in (CAPACITY, 4 * CAPACITY, 4 * CAPACITY, CAPACITY)
        ]
        alone, crowded = loads[0] + loads[3], loads[1] + loads[2]
        left = asyncio.run(abandoned(url, answer))
        memory = sum(member.memory_info().rss for member in [process, *process.children(recursive=True)])
    return [
        Result("ready to answer", ready, "s", 20),
        Result("memory with everything loaded", memory / 2**30, "GiB", 1.5),
        Result("seconds for 100 searches", 100 * search_seconds / LOOKUPS, "s", 1),
        Result("search, p99", searching.p99(), "ms", 100),
        Result("seconds for 100 predictions", 100 * predict_seconds / LOOKUPS, "s", 1),
        Result("prediction, p99", predicting.p99(), "ms", 100),
        Result("answers a second at capacity", len(alone.seconds) / LOAD_SECONDS / 2, "1/s"),
        Result("tokens a second at capacity", alone.tokens / LOAD_SECONDS / 2, "1/s"),
        Result("goodput lost at four times that", 1 - len(crowded.seconds) / len(alone.seconds), "share", 0.05),
        Result("p99 of the accepted, against capacity", crowded.p99() / alone.p99(), "x", 1.5),
        Result("refused", crowded.refused, "requests"),
        Result("  without Retry-After", crowded.refused - crowded.told_when, "requests", 0),
        Result(f"in flight a second after {ABANDONED} abandoned calls", left, "calls", 0),
    ]


@contextmanager
def sample_home() -> Iterator[Path]:
    if given := os.environ.get("AIECO_BENCH_HOME"):
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        command = [sys.executable, "-m", "aieco_assets.cli", "run"]
        subprocess.run(command, cwd=ROOT, env=_environment(Path(home)), check=True, stdout=subprocess.DEVNULL)
        yield Path(home)


@contextmanager
def serving(home: Path, **more: str) -> Iterator[tuple[str, float, psutil.Process]]:
    """(url, seconds until ready, process) of `bentoml serve`, with more variables of the environment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = _environment(home) | {"AIECO_SERVICE_PORT": str(port), "BENTOML_DO_NOT_TRACK": "True"} | more
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "bentoml", "serve", "bento.service:AiecoService"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _is_ready(url):
            if process.poll() is not None or time.perf_counter() - began > READY_SECONDS:
                raise SystemExit("the service did not become ready")
            time.sleep(0.1)
        yield url, time.perf_counter() - began, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def questions_of(home: Path) -> list[str]:
    from aieco_assets.core.evaluation.questions import read_questions

    return [one.question for one in read_questions(home / "sample" / "questions.jsonl") if not one.unanswerable]


def _customers(home: Path) -> list[str]:
    from aieco_assets.core.settings import Settings
    from aieco_assets.core.stack.platform import open_platform
    from aieco_assets.core.storage.postgres import connect

    with open_platform(Settings(home=home, _env_file=None)) as opened, connect(opened.warehouse) as connection:  # type: ignore[call-arg]
        rows = connection.execute(
            "select customer_id from features.customer_rfm where as_of = (select max(as_of) from features.customer_rfm)"
        )
        return [customer for (customer,) in rows]


def _environment(home: Path) -> dict[str, str]:
    ours = ("AIECO_", "BENTOML_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "AIECO_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(ROOT)}
