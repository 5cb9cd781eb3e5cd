"""More chunks than can be embedded here in minutes: the index that they are published in, and searches of it."""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHUNKS_TABLE
from aieco_assets.core.embeddings.embedder import Embedder, load_embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors, open_table
from aieco_assets.core.rag.retrieval import CANDIDATES
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from benchmarks.answering import BEST, fill, nearest, pairs_of, passages
from benchmarks.scaling.meter import Meter, Point, disk_mib

if TYPE_CHECKING:
    import numpy as np

SIZES = (2_000, 20_000, 200_000)
EMBEDDED, QUESTIONS, AT_ONCE = 1_000, 100, 100_000


def measure(chunks: int) -> list[Point]:
    """1,000 passages are embedded; the others are two of those after each other, with the mean of the two vectors."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        with open_platform(Settings(home=Path(home), _env_file=None)) as settings:  # type: ignore[call-arg]
            embedder = load_embedder(settings)
            texts = passages(EMBEDDED + QUESTIONS)
            vectors = embedder.encode(texts)
            best = _filled(settings, embedder, texts[:EMBEDDED], vectors[:EMBEDDED], vectors[EMBEDDED:], chunks)
            meter = Meter("chunks", chunks, EmbeddedPostgres(settings.home).data)
            meter.note("chunks on disk before the index", disk_mib(Path(settings.lancedb)), "MiB")
            with meter.step("indexing and publishing"):
                VectorStore.open(settings).publish()
            meter.note("chunks and index on disk", disk_mib(Path(settings.lancedb)), "MiB")
            _search(settings, meter, texts[EMBEDDED:], vectors[EMBEDDED:], best)
            fill(settings, ["one more chunk"], vectors[:1], embedder, first=chunks)
            with meter.step("publishing one more chunk"):
                VectorStore.open(settings).publish()
    return meter.points


def _filled(
    settings: Settings, embedder: Embedder, texts: list[str], vectors: np.ndarray, asked: np.ndarray, count: int
) -> np.ndarray:
    """Writes the chunks; returns the numbers of those that are nearest to each question, by looking at all."""
    import numpy as np

    known_texts, known = pairs_of(texts, vectors, count)
    for at in range(0, count, AT_ONCE):
        fill(settings, known_texts[at : at + AT_ONCE], known[at : at + AT_ONCE], embedder, first=at)
    return np.argpartition(-(asked @ known.T), BEST, axis=1)[:, :BEST]


def _search(settings: Settings, meter: Meter, questions: list[str], vectors: np.ndarray, best: np.ndarray) -> None:
    index = VectorStore.open(settings).live()
    assert index is not None
    with meter.step("reading the words, once a version"):
        index.vocabulary()
    asked = list(zip(questions, vectors, strict=True))
    for question, vector in random.Random(1).sample(asked, 5):  # opens the files
        index.search(question, vector, CANDIDATES)
    seconds = []
    with meter.step(f"{QUESTIONS} searches"):
        for question, vector in asked:
            began = time.perf_counter()
            index.search(question, vector, CANDIDATES)
            seconds.append(time.perf_counter() - began)
    cuts = statistics.quantiles(seconds, n=100)
    meter.note("search, p50", cuts[49] * 1_000, "ms")
    meter.note("search, p95", cuts[94] * 1_000, "ms")
    table = open_table(connect_vectors(settings), CHUNKS_TABLE)
    found = [nearest(table, vector, index.probes) for vector in vectors]
    missed = [1 - len(ids & set(map(str, few))) / BEST for ids, few in zip(found, best.tolist(), strict=True)]
    meter.note("missed of the 10 nearest", statistics.mean(missed), "share")
