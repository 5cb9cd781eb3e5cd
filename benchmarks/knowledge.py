"""Embedding against sentence-transformers as it comes, and what one changed document of a thousand costs."""

from __future__ import annotations

import os
import random
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHUNKS_TABLE
from aieco_assets.core.embeddings.embed import embed_missing
from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import column, connect_vectors, open_table
from aieco_assets.core.embeddings.weights import model_folder
from aieco_assets.core.knowledge.chunks import refresh_chunks
from aieco_assets.core.knowledge.lake import sync_documents
from aieco_assets.core.rag.evidence.precompute import read_ahead
from aieco_assets.core.sample import write_sample
from aieco_assets.core.sample.writer import CALIBRATION, SOURCES
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from benchmarks.record import Result

if TYPE_CHECKING:
    import numpy as np

ROUNDS = 3
NEIGHBOURS = 10
DOCUMENTS, SECTIONS, SENTENCES, WORDS = 1_000, 5, 6, 14


def embedding() -> list[Result]:
    """The chunks of the sample and, where they are, of the real documents; the two ways take turns."""
    from sentence_transformers import SentenceTransformer

    sources = ["", *map(str, real_documents())]
    texts = [text for source in sources for text in chunk_texts(source)]
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as home:
        settings = Settings(home=Path(home), _env_file=None)  # type: ignore[call-arg]
        ours, theirs = load_embedder(settings), SentenceTransformer(str(model_folder(settings)[1]))
    ours.encode(texts[:8])
    theirs.encode(texts[:8])
    ways = {"ours": ours.encode, "theirs": theirs.encode}
    wall, processor = dict.fromkeys(ways, float("inf")), dict.fromkeys(ways, float("inf"))
    vectors: dict[str, np.ndarray] = {}
    for _ in range(ROUNDS):
        for way, encode in ways.items():
            began, used = time.perf_counter(), time.process_time()
            vectors[way] = encode(texts)
            wall[way] = min(wall[way], time.perf_counter() - began)
            processor[way] = min(processor[way], time.process_time() - used)
    return [
        Result("texts", len(texts), "texts"),
        Result("SentenceTransformer.encode, float32", wall["theirs"], "s"),
        Result("the embedder", wall["ours"], "s"),
        Result("  of their time", wall["ours"] / wall["theirs"], "x", 1 / 2.5),
        Result("  of their processor time", processor["ours"] / processor["theirs"], "x", 1 / 2.5),
        Result(
            "top-10 neighbours that differ", 1 - _shared_neighbours(vectors["ours"], vectors["theirs"]), "share", 0.02
        ),
    ]


def one_document_of_1000() -> list[Result]:
    """Source to published index in one process: the first run on 1,000 documents, and one after a change in one."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as folder, open_knowledge(folder) as settings:
        rng = random.Random(1_000)
        for number in range(DOCUMENTS):
            (Path(folder) / f"{number:04}.md").write_text(document(rng))
        first = _build(settings)
        (Path(folder) / "0500.md").write_text(document(rng))
        again = _build(settings)
        unchanged = _build(settings)
        chunks = VectorStore.open(settings).shape().rows
    return [
        Result("chunks of 1,000 documents", chunks, "chunks"),
        Result("first run", sum(first.values()), "s"),
        Result("after a change in one document", sum(again.values()), "s"),
        *(Result(f"  of which {step}", seconds, "s") for step, seconds in again.items()),
        Result("  of the first run", sum(again.values()) / sum(first.values()), "x", 0.03),
        Result("nothing changed", sum(unchanged.values()), "s"),
    ]


def real_documents() -> list[Path]:
    """The folder of real documents, or nothing where it is not there."""
    data = Path(os.environ.get("AIECO_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
    return [folder for folder in (data / "documents",) if folder.is_dir()]


def chunk_texts(documents: str) -> list[str]:
    with open_knowledge(documents) as settings:
        sync_documents(settings)
        refresh_chunks(settings)
        rows = column(open_table(connect_vectors(settings), CHUNKS_TABLE), "chunk_id", "indexed_text").to_pylist()
    return [row["indexed_text"] for row in sorted(rows, key=lambda row: row["chunk_id"])]


@contextmanager
def open_knowledge(documents: str) -> Iterator[Settings]:
    """A platform of its own over a folder of documents; empty: the sample."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        settings = Settings(home=Path(home), documents=documents, _env_file=None)  # type: ignore[call-arg]
        if not documents:
            write_sample(settings.home, days=1)
        with open_platform(settings) as opened:
            yield opened


def _shared_neighbours(left: np.ndarray, right: np.ndarray) -> float:
    """The mean share of each text's nearest other texts that both know."""
    import numpy as np

    nearest = []
    for vectors in (left, right):
        likeness = vectors @ vectors.T
        np.fill_diagonal(likeness, -1)
        nearest.append(np.argsort(-likeness, axis=1)[:, :NEIGHBOURS])
    pairs = zip(*nearest, strict=True)
    return float(np.mean([len(set(one) & set(other)) / NEIGHBOURS for one, other in pairs]))


def document(rng: random.Random) -> str:
    """About nine chunks of text that no other document has."""
    sections = []
    for number in range(SECTIONS):
        sentences = (" ".join(_word(rng) for _ in range(WORDS)).capitalize() + "." for _ in range(SENTENCES))
        sections.append(f"## Section {number} on {_word(rng)}\n\n{' '.join(sentences)}")
    return "\n\n".join([f"# About {_word(rng)}", *sections])


def _word(rng: random.Random) -> str:
    return rng.choice(_vocabulary())


@cache
def _vocabulary() -> list[str]:
    """The words of the sample's questions: made-up ones fall into three times as many tokens as people's."""
    return sorted(set(re.findall(r"[a-z]+", (SOURCES / CALIBRATION).read_text(encoding="utf-8").casefold())))


def _build(settings: Settings) -> dict[str, float]:
    """Seconds of each step of the knowledge branch."""
    steps = {
        "files": lambda: sync_documents(settings),
        "chunking": lambda: refresh_chunks(settings),
        "embeddings": lambda: embed_missing(settings),
        "reading ahead": lambda: read_ahead(settings),
        "publishing": lambda: VectorStore.open(settings).publish(),
    }
    seconds = {}
    for step, work in steps.items():
        began = time.perf_counter()
        work()
        seconds[step] = time.perf_counter() - began
    return seconds
