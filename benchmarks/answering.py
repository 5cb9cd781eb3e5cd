"""Search in 100,000 chunks against exact search, and what an answer costs beside the language model."""

from __future__ import annotations

import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHUNKS_TABLE
from aieco_assets.core.embeddings.embedder import Embedder, load_embedder
from aieco_assets.core.embeddings.sentence_vectors import Readings
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors, open_table
from aieco_assets.core.evaluation.evaluate import build_knowledge
from aieco_assets.core.evaluation.golden import golden_questions
from aieco_assets.core.llm.gateway import load_llm
from aieco_assets.core.llm.interface import Llm, Piece
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.rag.retrieval import CANDIDATES
from aieco_assets.core.sample import write_sample
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.pool import close_kept
from aieco_assets.core.storage.postgres import kept_connections
from benchmarks.knowledge import chunk_texts, real_documents
from benchmarks.record import Result

if TYPE_CHECKING:
    import numpy as np
    from lancedb.table import Table

CHUNKS, QUESTIONS, BEST = 100_000, 200, 10
EMBEDDED = 10_000


def search_100k() -> list[Result]:
    """100,000 different passages of real words; 200 others ask.

    10,000 are embedded; the others are two of those after each other, with the mean of the two vectors.
    """
    import numpy as np

    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        with open_platform(Settings(home=Path(home), _env_file=None)) as settings:  # type: ignore[call-arg]
            embedder = load_embedder(settings)
            texts = passages(EMBEDDED + QUESTIONS)
            vectors = embedder.encode(texts)
            asked = list(zip(texts[EMBEDDED:], vectors[EMBEDDED:], strict=True))
            known_texts, known = pairs_of(texts[:EMBEDDED], vectors[:EMBEDDED], CHUNKS)
            fill(settings, known_texts, known, embedder)
            publish_seconds, _ = _timed(VectorStore.open(settings).publish)
            index = VectorStore.open(settings).live()
            assert index is not None
            for text, vector in asked[:5]:  # opens the files
                index.search(text, vector, CANDIDATES)
            searching = [_timed(lambda pair=pair: index.search(*pair, CANDIDATES))[0] for pair in asked]
            words_seconds, _ = _timed(index.vocabulary)
            table = open_table(connect_vectors(settings), CHUNKS_TABLE)
            found = [nearest(table, vector, index.probes) for _, vector in asked]
            embedding = [_timed(lambda text=text: embedder.encode([text]))[0] for text, _ in asked]
    exact = np.argsort(-(np.stack([vector for _, vector in asked]) @ known.T), axis=1)[:, :BEST]
    shared = [len(ids & set(map(str, best))) / BEST for ids, best in zip(found, exact, strict=True)]
    return [
        Result("indexing and publishing 100,000 chunks", publish_seconds, "s"),
        Result("reading the words of 100,000 chunks, once a version", words_seconds, "s"),
        Result("hybrid search, p50", _percentile(searching, 50), "ms"),
        Result("hybrid search, p95", _percentile(searching, 95), "ms", 30),
        Result("missed of the 10 that exact search finds", 1 - statistics.mean(shared), "share", 0.03),
        Result("embedding the question, p95", _percentile(embedding, 95), "ms"),
    ]


def around_the_llm() -> list[Result]:
    """Each golden question of the sample asked once: all that an answer takes but the generating."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        settings = Settings(home=Path(home), _env_file=None)  # type: ignore[call-arg]
        write_sample(settings.home, days=1)
        with open_platform(settings) as opened:
            build_knowledge(opened)
            index = VectorStore.open(opened).live()
            assert index is not None
            llm, embedder = _Watched(load_llm(opened)), load_embedder(opened)
            answerer = Answerer(index, embedder, llm, readings=Readings(opened, embedder.version))
            answerer.answer("What is this about?")
            seconds, generating = [], []
            with kept_connections():  # as the service answers
                for question in golden_questions(opened):
                    llm.seconds = 0
                    whole = _timed(lambda asked=question.question: answerer.answer(asked))[0]
                    seconds.append(whole - llm.seconds)
                    generating.append(llm.seconds)
            close_kept()
    return [
        Result("questions", len(seconds), "questions"),
        Result("all but the generating, p50", _percentile(seconds, 50), "ms"),
        Result("all but the generating, p95", _percentile(seconds, 95), "ms", 150),
        Result("generating, p95", _percentile(generating, 95), "ms"),
    ]


class _Watched:
    """A language model and the seconds that its callers waited for it."""

    def __init__(self, llm: Llm) -> None:
        self._llm, self.seconds = llm, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._llm, name)

    def stream(self, *arguments: Any, **named: Any) -> Iterator[Piece]:
        pieces = self._llm.stream(*arguments, **named)
        while True:
            seconds, piece = _timed(lambda: next(pieces, None))
            self.seconds += seconds
            if piece is None:
                return
            yield piece


def passages(count: int) -> list[str]:
    """Different passages, each of two runs of 5 to 8 words of the sample and, where they are, the real documents."""
    rng = random.Random(100_000)
    texts = [text.split() for source in ["", *map(str, real_documents())] for text in chunk_texts(source)]
    long = [words for words in texts if len(words) > 8]
    passages: dict[str, None] = {}
    while len(passages) < count:
        passages[" ".join([*_run(rng, rng.choice(long)), *_run(rng, rng.choice(long))])] = None
    return list(passages)


def _run(rng: random.Random, words: list[str]) -> list[str]:
    length = rng.randint(5, 8)
    start = rng.randrange(len(words) - length + 1)
    return words[start : start + length]


def pairs_of(texts: list[str], vectors: np.ndarray, count: int) -> tuple[list[str], np.ndarray]:
    """The texts, and pairs of them until there are so many."""
    import numpy as np

    rng = random.Random(20_000)
    pairs = {tuple(rng.sample(range(len(texts)), 2)): None for _ in range(2 * count)}
    chosen = list(pairs)[: count - len(texts)]
    means = vectors[[one for one, _ in chosen]] + vectors[[other for _, other in chosen]]
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return [*texts, *(f"{texts[one]} {texts[other]}" for one, other in chosen)], np.concatenate([vectors, means])


def fill(settings: Settings, texts: Sequence[str], vectors: np.ndarray, embedder: Embedder, first: int = 0) -> None:
    """Rows of the chunks' table, numbered from `first`."""
    import pyarrow as pa

    table = open_table(connect_vectors(settings), CHUNKS_TABLE)
    count = len(texts)
    columns = {
        **{"chunk_id": list(map(str, range(first, first + count))), "sha256": ["s"] * count, "document": ["d"] * count},
        **dict.fromkeys(("page", "start", "end"), [0] * count),
        **{"text": texts, "indexed_text": texts, "heading": [""] * count},
        **{"embedder": [embedder.name] * count, "embedder_version": [embedder.version] * count},
        "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), embedder.dimension),
    }
    table.add(pa.table([columns[field.name] for field in table.schema], schema=table.schema))


def nearest(table: Table, vector: np.ndarray, probes: int) -> set[str]:
    """Ids of the chunks that the vector half of the search finds."""
    search: Any = table.search(vector, vector_column_name="vector", query_type="vector")
    rows = search.nprobes(probes).select(["chunk_id", "_distance"]).limit(BEST).to_list()
    return {row["chunk_id"] for row in rows}


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def _percentile(seconds: Sequence[float], share: int) -> float:
    """Milliseconds."""
    return statistics.quantiles(seconds, n=100)[share - 1] * 1_000
