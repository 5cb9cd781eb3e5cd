"""What Ray costs on one machine, and what it gives where work waits: each a ratio measured in one run."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import DOCUMENT_TYPES
from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.worker_embedder import encode_documents, named
from aieco_assets.core.engine import Step, map_batches
from aieco_assets.core.knowledge.read_batch import ToRead, batched, reading_step
from aieco_assets.core.knowledge.reader import DocumentReader
from aieco_assets.core.sample.writer import write_sample
from aieco_assets.core.settings import Settings
from benchmarks.knowledge import chunk_texts
from benchmarks.record import Result

ROUNDS, TEXTS, BATCH = 3, 512, 128
READ = 4  # times that the sample's documents are read
SLEEPS, WAIT_SECONDS = 64, 0.25


def engine() -> list[Result]:
    """Reading and embedding by two nodes of one processor each against this process, which has two; and 1 against 4
    nodes at work that only waits (simulated: four nodes of one machine have no more processors than one)."""
    return [*_overhead(), *_waiting()]


def _overhead() -> list[Result]:
    texts = chunk_texts("")
    texts = (texts * (TEXTS // len(texts) + 1))[:TEXTS]
    with (
        tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder,
        cluster(2) as address,
        DocumentReader() as reader,
    ):
        here = Settings(home=Path(folder), _env_file=None)  # type: ignore[call-arg]
        away = here.model_copy(update={"engine": "ray", "ray_address": address})
        embedder = load_embedder(here)
        embedding = Step(embedder.encode_document, encode_documents, named(here, embedder.version))
        batches = [texts[at : at + BATCH] for at in range(0, len(texts), BATCH)]
        reading = reading_step(reader, 256, "benchmark")
        documents = _documents(here.home)
        began = time.perf_counter()
        _run(embedding, [["one"], ["two"]], away)  # whoever works is there, with its model
        _run(reading, [documents[:1], documents[1:2]], away)
        ready = time.perf_counter() - began
        embedded = _best(partial(_run, embedding, batches), here, away)
        read = _best(partial(_run, reading, [*batched(documents)]), here, away)
    return [
        Result("Ray: from nothing to the first results", ready, "s"),
        *_rows(f"embedding {len(texts)} chunks", *embedded),
        *_rows(f"reading {len(documents)} documents", *read),
    ]


def _waiting() -> list[Result]:
    seconds = {}
    for nodes in (1, 4):
        with tempfile.TemporaryDirectory() as home, cluster(nodes) as address:
            settings = Settings(home=Path(home), engine="ray", ray_address=address, _env_file=None)  # type: ignore[call-arg]
            step = Step(_wait, _wait)
            _run(step, [0.0] * 4 * nodes, settings)
            began = time.perf_counter()
            _run(step, [WAIT_SECONDS] * SLEEPS, settings)
            seconds[nodes] = time.perf_counter() - began
    return [
        Result(f"simulated: {SLEEPS} batches of {WAIT_SECONDS} s, one node", seconds[1], "s"),
        Result("simulated: the same, four nodes", seconds[4], "s"),
        Result("  of the time of one", seconds[4] / seconds[1], "x", 1 / 3.2),
    ]


@contextmanager
def cluster(nodes: int) -> Iterator[str]:
    """The address of a cluster of so many node processes of one processor each, on this machine."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray
    from ray.cluster_utils import Cluster

    made: Any = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        for _ in range(nodes - 1):
            made.add_node(num_cpus=1)
        yield made.address
    finally:
        ray.shutdown()
        made.shutdown()


def _run(step: Step[Any, Any], batches: list[Any], settings: Settings) -> int:
    return sum(1 for _ in map_batches(step, batches, settings))


def _best(work: Callable[[Settings], int], here: Settings, away: Settings) -> tuple[float, float]:
    """Seconds here and away; the two take turns."""
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for place, settings in enumerate((here, away)):
            began = time.perf_counter()
            work(settings)
            best[place] = min(best[place], time.perf_counter() - began)
    return best[0], best[1]


def _rows(what: str, here: float, away: float) -> list[Result]:
    return [
        Result(f"{what}, here", here, "s"),
        Result(f"{what}, two nodes of Ray", away, "s"),
        Result("  of the time here", away / here, "x", 1.3),
    ]


def _documents(home: Path) -> list[ToRead]:
    write_sample(home, days=1)
    files = [
        file for file in sorted((home / "sample" / "documents").rglob("*")) if file.suffix in DOCUMENT_TYPES
    ] * READ
    return [
        ToRead(f"{number:064d}", file.name, DOCUMENT_TYPES[file.suffix], file.read_bytes())
        for number, file in enumerate(files)
    ]


def _wait(seconds: float) -> float:
    time.sleep(seconds)
    return seconds
