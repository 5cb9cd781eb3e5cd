"""More documents: from files to a published index, one changed document, and search."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from pathlib import Path

from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.rag.evidence.precompute import read_ahead
from aieco_assets.core.rag.retrieval import CANDIDATES
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.embedded import EmbeddedPostgres
from benchmarks.knowledge import document, open_knowledge
from benchmarks.scaling.meter import Meter, Point, disk_mib

SIZES = (10, 100, 300)
QUESTIONS = 100


def measure(documents: int) -> list[Point]:
    rng = random.Random(documents)
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder, open_knowledge(folder) as settings:
        texts = [document(rng) for _ in range(documents)]
        for number, text in enumerate(texts):
            (Path(folder) / f"{number:05}.md").write_text(text)
        load_embedder(settings).encode(["warm"])
        meter = Meter("documents", documents, EmbeddedPostgres(settings.home).data)
        with meter.step("reading and cutting into chunks"):
            sync_documents(settings)
            refresh_chunks(settings)
        with meter.step("embedding"):
            embed_missing(settings)
        chunks = VectorStore.open(settings).shape().rows
        if chunks <= settings.read_ahead:
            with meter.step(f"reading sentences ahead (up to {settings.read_ahead:,} chunks)"):
                read_ahead(settings)
        with meter.step("indexing and publishing"):
            VectorStore.open(settings).publish()
        meter.note("chunks", chunks, "chunks")
        meter.note("vectors and index on disk", disk_mib(Path(settings.lancedb)), "MiB")
        _search(settings, meter, texts)
        (Path(folder) / "00005.md").write_text(document(rng))
        with meter.step("one changed document"):
            sync_documents(settings)
            refresh_chunks(settings)
            embed_missing(settings)
            read_ahead(settings)
            VectorStore.open(settings).publish()
    return meter.points


def _search(settings: Settings, meter: Meter, texts: list[str]) -> None:
    """Hybrid search of what the service does for a question, without the embedding of it."""
    rng, embedder, index = random.Random(1), load_embedder(settings), VectorStore.open(settings).live()
    assert index is not None
    words = [text.split() for text in rng.choices(texts, k=QUESTIONS)]
    questions = [" ".join(rng.choices(one, k=8)) for one in words]
    asked = list(zip(questions, embedder.encode(questions), strict=True))
    for question, vector in asked[:5]:  # opens the files
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
