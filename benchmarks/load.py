"""Clients of the benchmarks: how many are served and how quickly, how many are refused and told when to come back."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice

import aiohttp
import httpx

LOOKUPS, ABANDONED = 400, 200
Request = tuple[str, dict]


@dataclass
class Served:
    """Seconds of the requests that were served, how many were refused, and how many of those said when to come back."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    told_when: int = 0
    tokens: int = 0

    def __add__(self, other: Served) -> Served:
        return Served(
            self.seconds + other.seconds,
            self.refused + other.refused,
            self.told_when + other.told_when,
            self.tokens + other.tokens,
        )

    def p99(self) -> float:
        """Milliseconds."""
        return statistics.quantiles(self.seconds, n=100)[98] * 1_000


def timed_load(url: str, requests: Sequence[Request], clients: int) -> tuple[Served, float]:
    asyncio.run(load(url, requests, clients, count=40))  # warm
    began = time.perf_counter()
    served = asyncio.run(load(url, requests, clients, count=LOOKUPS))
    return served, time.perf_counter() - began


async def load(
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


async def abandoned(url: str, requests: Sequence[Request]) -> float:
    """Calls in flight a second after the clients of so many have left, most of them while theirs was waited for."""
    async with httpx.AsyncClient(base_url=url, timeout=0.5) as http:
        calls = (http.post(path, json=body) for path, body in islice(cycle(requests), ABANDONED))
        await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.sleep(1)
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("aieco_queue_in_flight{"))
