"""The service before a model server with 16 slots: a stand-in that says each answer after a second and thinks nothing.

Said of it: how many questions are on their way at once, against one at a time on the same machine in the same run.
"""

from __future__ import annotations

import asyncio
import statistics
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.load import Request, Served, load
from benchmarks.record import Result
from benchmarks.service import questions_of, sample_home, serving
from tests.stand_in_server import StandIn, stand_in

SLOTS, SECONDS, FOR_SECONDS = 16, 1.0, 20


def model_server() -> list[Result]:
    """16 clients, by AIECO_LLM_CONCURRENCY=16 and by 1; questions that the model is asked, and no others."""
    with sample_home() as home, stand_in(quotes=True, slots=SLOTS) as server:
        _champion(home, server.url)
        try:
            many, one = (_measured(home, server, slots) for slots in (SLOTS, 1))
        finally:
            _champion(home, "packaged")
    return [
        Result(f"stand-in, {SLOTS} at once: seconds for 14 answers", 14 / many.a_second, "s", 1),
        Result(f"stand-in, {SLOTS} at once: answers a second", many.a_second, "1/s"),
        Result("stand-in, one at a time: answers a second", one.a_second, "1/s"),
        Result(f"stand-in, {SLOTS} at once: seconds of an answer, p50", many.median, "s"),
        Result(f"stand-in, {SLOTS} at once: seconds of an answer, p99", many.p99, "s", 1.5),
        Result("processor time of the service for an answer", many.processor * 1000, "ms"),
        Result("questions at the stand-in at once, most", server.most_at_once, "questions", SLOTS),
        Result("refused by the stand-in", server.refused, "questions", 0),
    ]


@dataclass(frozen=True)
class _Measured:
    """Answers a second that the stand-in gave, seconds of one as its client waited, processor seconds of one."""

    a_second: float
    median: float
    p99: float
    processor: float


def _measured(home: Path, server: StandIn, slots: int) -> _Measured:
    variables = {"AIECO_LLM": server.url, "AIECO_LLM_CONCURRENCY": str(slots)}
    with serving(home, **variables) as (url, _, process):
        server.seconds = 0
        asked = [one for one in _requests(home) if _reaches(server, url, one)]
        server.seconds = SECONDS
        asyncio.run(load(url, asked, SLOTS, count=4 * slots))  # every thread has worked once
        before = _processor(process)
        served, said = asyncio.run(_loaded(server, url, asked))
        spent = _processor(process) - before
    return _Measured(
        said / FOR_SECONDS, statistics.median(served.seconds), served.p99() / 1000, spent / len(served.seconds)
    )


async def _loaded(server: StandIn, url: str, asked: list[Request]) -> tuple[Served, int]:
    """What the clients saw, and how many answers the stand-in gave in FOR_SECONDS while all of them were asking."""

    async def count() -> int:
        await asyncio.sleep(2 * SECONDS)
        said = server.ended
        await asyncio.sleep(FOR_SECONDS)
        return server.ended - said

    return await asyncio.gather(load(url, asked, SLOTS, seconds=FOR_SECONDS + 4 * SECONDS), count())


def _requests(home: Path) -> list[Request]:
    return [("/answer", {"question": one}) for one in questions_of(home)]


def _reaches(server: StandIn, url: str, request: Request) -> bool:
    """Whether the model is asked this question: for some there is no evidence, or the warehouse answers."""
    before = server.ended
    asyncio.run(load(url, [request], 1, count=1))
    return server.ended > before


def _processor(process: psutil.Process) -> float:
    times = [one.cpu_times() for one in [process, *process.children(recursive=True)]]
    return sum(one.user + one.system for one in times)


def _champion(home: Path, llm: str) -> None:
    from aieco_assets.core.registry.models import register_llm
    from aieco_assets.core.settings import Settings
    from aieco_assets.core.stack.platform import open_platform

    with open_platform(Settings(home=home, llm=llm, _env_file=None)) as opened:  # type: ignore[call-arg]
        register_llm(opened)
