"""The service as users meet it: `bentoml serve` over the sample's graph, asked over HTTP from this machine.

AIECO_BENCH_HOME names a home in which `aieco run` has gone through; without it one is made first (2 minutes).
The clients take 0.8 ms a request of the same cores: read requests per second as a lower bound.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import aiohttp
import httpx
import psutil

from benchmarks.record import Result

ROOT = Path(__file__).parents[1]
READY_SECONDS, LOOKUPS, CLIENTS, ABANDONED = 120, 400, 4, 200
CAPACITY, LOAD_SECONDS = 9, 20  # one answer runs, eight wait
Request = tuple[str, dict]


@dataclass
class Served:
    """Seconds of the requests that were served, how many were refused, and how many of those said when to come back."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    told_when: int = 0
    tokens: int = 0

    def p99(self) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.seconds, n=100)[98] * 1_000


def service() -> list[Result]:
    """Ready, memory, look-ups, predictions, answers at capacity and at four times as many clients."""
    with _home() as home, _serving(home) as (url, ready, process):
        questions, customers = _questions(home), _customers(home)
        asyncio.run(_load(url, [("/answer", {"question": one}) for one in questions], 1, len(questions)))
        searching, search_seconds = _timed_load(url, [("/search", {"question": one}) for one in questions], CLIENTS)
        predict = [("/predict", {"customer_ids": [one]}) for one in customers]
        predicting, predict_seconds = _timed_load(url, predict, CLIENTS)
        answer: list[Request] = [("/answer", {"question": one}) for one in questions]
        alone = asyncio.run(_load(url, answer, CAPACITY, seconds=LOAD_SECONDS))
        crowded = asyncio.run(_load(url, answer, 4 * CAPACITY, seconds=LOAD_SECONDS))
        left = asyncio.run(_abandoned(url, answer))
        memory = sum(member.memory_info().rss for member in [process, *process.children(recursive=True)])
    return [
        Result("ready to answer", ready, "s", 20),
        Result("memory with everything loaded", memory / 2**30, "GiB", 1.5),
        Result("seconds for 100 searches", 100 * search_seconds / LOOKUPS, "s", 1),
        Result("search, p99", searching.p99(), "ms", 100),
        Result("seconds for 100 predictions", 100 * predict_seconds / LOOKUPS, "s", 1),
        Result("prediction, p99", predicting.p99(), "ms", 100),
        Result("answers a second at capacity", len(alone.seconds) / LOAD_SECONDS, "1/s"),
        Result("tokens a second at capacity", alone.tokens / LOAD_SECONDS, "1/s"),
        Result("goodput lost at four times that", 1 - len(crowded.seconds) / len(alone.seconds), "share", 0.05),
        Result("p99 of the accepted, against capacity", crowded.p99() / alone.p99(), "x", 1.5),
        Result("refused", crowded.refused, "requests"),
        Result("  without Retry-After", crowded.refused - crowded.told_when, "requests", 0),
        Result(f"in flight a second after {ABANDONED} abandoned calls", left, "calls", 0),
    ]


def _timed_load(url: str, requests: Sequence[Request], clients: int) -> tuple[Served, float]:
    asyncio.run(_load(url, requests, clients, count=40))  # warm
    began = time.perf_counter()
    served = asyncio.run(_load(url, requests, clients, count=LOOKUPS))
    return served, time.perf_counter() - began


async def _load(
    url: str, requests: Sequence[Request], clients: int, count: int = 1_000_000, seconds: float = 600
) -> Served:
    """So many clients, each asking the next as soon as it is answered, and the same as told when it was refused."""
    served, turn, end = Served(), iter(range(count)), time.perf_counter() + seconds
    # Who waits as told finds an idle connection closed: only look-ups, which never wait, keep theirs.
    connector = aiohttp.TCPConnector(limit=clients, force_close=seconds < 600)
    async with aiohttp.ClientSession(url, connector=connector, timeout=aiohttp.ClientTimeout(120)) as http:

        async def client() -> None:
            for number in turn:
                path, body = requests[number % len(requests)]
                while True:
                    if time.perf_counter() > end:
                        return
                    began = time.perf_counter()
                    async with http.post(path, json=body) as response:
                        said = await response.text()
                    if response.status == 200:
                        break
                    if response.status not in (429, 503):
                        raise SystemExit(f"{path} answered {response.status}: {said}")
                    served.refused += 1
                    wait = response.headers.get("retry-after")
                    served.told_when += wait is not None
                    await asyncio.sleep(min(float(wait or 1), max(0.0, end - time.perf_counter())))
                served.seconds.append(time.perf_counter() - began)
                usage = json.loads(said).get("usage", {})
                served.tokens += usage.get("prompt_tokens", 0) + usage.get("completion_tokens", 0)

        await asyncio.gather(*(client() for _ in range(clients)))
    return served


async def _abandoned(url: str, requests: Sequence[Request]) -> float:
    """Calls in flight a second after the clients of so many have left, most of them while theirs was waited for."""
    async with httpx.AsyncClient(base_url=url, timeout=0.5) as http:
        calls = (http.post(path, json=body) for path, body in islice(cycle(requests), ABANDONED))
        await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(1)
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("aieco_queue_in_flight{"))


@contextmanager
def _home() -> Iterator[Path]:
    if given := os.environ.get("AIECO_BENCH_HOME"):
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        command = [sys.executable, "-m", "aieco_assets.cli", "run"]
        subprocess.run(command, cwd=ROOT, env=_environment(Path(home)), check=True, stdout=subprocess.DEVNULL)
        yield Path(home)


@contextmanager
def _serving(home: Path) -> Iterator[tuple[str, float, psutil.Process]]:
    """(url, seconds until ready, process) of `bentoml serve`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = _environment(home) | {"AIECO_SERVICE_PORT": str(port), "BENTOML_DO_NOT_TRACK": "True"}
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


def _questions(home: Path) -> list[str]:
    from aieco_assets.core.rag.questions import read_questions

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
