"""More clients at once: answers of one service with the packaged model, over HTTP."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aieco_assets.core.evaluation.evaluate import build_knowledge
from aieco_assets.core.sample import write_sample
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from benchmarks.load import Request, load
from benchmarks.scaling.meter import Meter, Point
from benchmarks.service import questions_of, serving

SIZES = (1, 10, 100)
SECONDS = 40


def measure(_: None) -> list[Point]:
    """All sizes on one service: what it keeps of questions that were asked is warm for each."""
    points: list[Point] = []
    with _home() as home, serving(home) as (url, _ready, _process):
        answers: list[Request] = [("/answer", {"question": one}) for one in questions_of(home)]
        asyncio.run(load(url, answers, 1, len(answers)))
        for clients in SIZES:
            points += _loaded(home, url, answers, clients)
    return points


@contextmanager
def _home() -> Iterator[Path]:
    """One with the sample's documents published; questions of documents need no more."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        write_sample(Path(home), days=1)
        with open_platform(Settings(home=Path(home), _env_file=None)) as settings:  # type: ignore[call-arg]
            build_knowledge(settings)
        yield Path(home)


def _loaded(home: Path, url: str, answers: list[Request], clients: int) -> list[Point]:
    settings = Settings(home=home, _env_file=None)  # type: ignore[call-arg]
    meter = Meter("clients", clients, EmbeddedPostgres(settings.home).data)
    with meter.step(f"{SECONDS} s of questions"):
        served = asyncio.run(load(url, answers, clients, seconds=SECONDS))
    (whole,) = meter.points
    count = len(served.seconds)
    meter.note("answers a second", count / (whole.wall or SECONDS), "1/s")
    meter.note("an answer, p50", statistics.median(served.seconds) * 1_000, "ms")
    meter.note("an answer, p95", statistics.quantiles(served.seconds, n=100)[94] * 1_000, "ms")
    meter.note("of an answer, processor", whole.value / count, "processor s")
    meter.note("refused with 503", served.refused, "requests")
    meter.note("  of those without Retry-After", served.refused - served.told_when, "requests")
    return meter.points
