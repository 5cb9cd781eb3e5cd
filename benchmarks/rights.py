"""Search by readers of 1,000 groups in 100,000 chunks, against the same search without rights in the same run."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aieco_assets.core.contracts import CHUNKS_TABLE, PAGES_TABLE, Reader
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors, open_table
from aieco_assets.core.governance.access import InForce
from aieco_assets.core.governance.readers import readable_by
from aieco_assets.core.governance.rights import AccessRules
from aieco_assets.core.rag.retrieval import CANDIDATES
from aieco_assets.core.settings import Settings
from aieco_assets.core.stack.platform import open_platform
from benchmarks.record import Result

if TYPE_CHECKING:
    import numpy as np

    from aieco_assets.core.embeddings.index import KnowledgeIndex

GROUPS, DOCUMENTS_OF_ONE, CHUNKS_OF_ONE = 1_000, 10, 10
QUESTIONS, ROUNDS = 60, 3
WORDS, OF_A_CHUNK, OF_A_QUESTION = 30_000, 60, 9
DIMENSION, TOPICS, LIMIT = 384, 400, 1.2


def search_with_rights() -> list[Result]:
    """Made words (as often used as in a language) and made vectors (of topics), for their number is what counts."""
    import numpy as np

    drawn = np.random.default_rng(7)
    with tempfile.TemporaryDirectory(prefix="aieco-bench-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)  # as root, Postgres runs as another user
        with open_platform(Settings(home=Path(home), _env_file=None)) as settings:  # type: ignore[call-arg]
            _fill(settings, drawn)
            VectorStore.open(settings).publish()
            index = VectorStore.open(settings).live()
            assert index is not None
            rules = AccessRules(folders={f"f{one}": frozenset({f"g{one}"}) for one in range(GROUPS)})

            def readable(groups: int, first: int = 0) -> Any:
                reader = Reader("r", frozenset(f"g{one}" for one in range(first, first + groups)))
                return readable_by(index, reader, InForce(rules, "rules"), rules)

            words, vectors = _texts(drawn, QUESTIONS, OF_A_QUESTION), _vectors(drawn, QUESTIONS)
            asked = list(zip(words, vectors, strict=True))
            first_seconds, _ = _timed(lambda: readable(1))
            others = [_timed(lambda one=one: readable(1, one))[0] for one in range(1, GROUPS)]
            parts: dict[str, Any] = {"without rights": index}
            parts |= {name: readable(groups) for name, groups in _READERS.items()}
            took = _in_turns(parts, asked)
            took["1,000 readers of 1 group in turn"] = [
                _timed(lambda pair=pair, one=one: readable(1, one * 7 % GROUPS).search(*pair, CANDIDATES))[0]
                for one, pair in enumerate(asked * ROUNDS)
            ]
    base = statistics.median(took["without rights"])
    return [
        Result("the first reader of a version, once", first_seconds, "s"),
        Result("a reader of another group for the first time, p50", 1_000 * statistics.median(others), "ms"),
        *(Result(f"{name}, p50", 1_000 * statistics.median(seconds), "ms") for name, seconds in took.items()),
        *(
            Result(f"  of that without rights: {name}", statistics.median(seconds) / base, "x", LIMIT)
            for name, seconds in took.items()
            if name != "without rights"
        ),
    ]


_READERS = {"readers of 1 group": 1, "of 100 groups": 100, "of 500 groups": 500, "of all 1,000 groups": 1_000}


def _in_turns(parts: dict[str, KnowledgeIndex], asked: list[tuple[str, Any]]) -> dict[str, list[float]]:
    """Seconds of each question by each part; the parts take turns, so that a busy machine slows all alike."""
    for part in parts.values():
        for pair in asked[:5]:  # opens the files
            part.search(*pair, CANDIDATES)
    took: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(ROUNDS):
        for pair in asked:
            for name, part in parts.items():
                took[name].append(_timed(lambda part=part, pair=pair: part.search(*pair, CANDIDATES))[0])
    return took


def _fill(settings: Settings, drawn: np.random.Generator) -> None:
    import pyarrow as pa

    places = [(f"{g:04}{d:02}", f"f{g}/{d}.md") for g in range(GROUPS) for d in range(DOCUMENTS_OF_ONE)]
    chunks = [(sha, path, n) for sha, path in places for n in range(CHUNKS_OF_ONE)]
    count, database = len(chunks), connect_vectors(settings)
    texts = _texts(drawn, count, OF_A_CHUNK)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(_vectors(drawn, count).ravel()), DIMENSION)
    of_chunks = {
        "chunk_id": [f"{sha}-{n}" for sha, _, n in chunks],
        **{"sha256": [sha for sha, _, _ in chunks], "document": [path for _, path, _ in chunks]},
        **{"page": [1] * count, "start": [n * 1_000 for _, _, n in chunks], "end": [0] * count},
        **{"text": texts, "indexed_text": texts, "heading": [""] * count},
        **{"embedder": ["made"] * count, "embedder_version": ["1"] * count, "vector": vectors},
    }
    of_pages = {
        "page_id": [f"{sha}:1" for sha, _ in places],
        **{"sha256": [sha for sha, _ in places], "document": [path for _, path in places]},
        **{"page": [1] * len(places), "text": [""] * len(places), "title": [""] * len(places)},
        "parser": [""] * len(places),
    }
    for name, columns in ((CHUNKS_TABLE, of_chunks), (PAGES_TABLE, of_pages)):
        table = open_table(database, name)
        table.add(pa.table([columns[field.name] for field in table.schema], schema=table.schema))


def _texts(drawn: np.random.Generator, count: int, words: int) -> list[str]:
    ranks = (drawn.pareto(0.8, (count, words)) * 20).astype(int) % WORDS
    return [" ".join(f"w{chr(97 + rank % 26)}{rank}" for rank in row) for row in ranks.tolist()]


def _vectors(drawn: np.random.Generator, count: int) -> np.ndarray:
    import numpy as np

    topics = np.random.default_rng(1).standard_normal((TOPICS, DIMENSION), dtype=np.float32)
    found = topics[drawn.integers(TOPICS, size=count)] + 0.8 * drawn.standard_normal(
        (count, DIMENSION), dtype=np.float32
    )
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
