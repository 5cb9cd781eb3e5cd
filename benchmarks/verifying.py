"""What the verification of written sentences takes: ten of them against eight passages of eight units."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import Page
from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.llm.interface import Piece
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.rag.evidence.sentence_cache import Descriptions
from aieco_assets.core.rag.generation.checking import Checking
from aieco_assets.core.rag.generation.cited import cited_sentences
from aieco_assets.core.rag.generation.writing import Source, written
from aieco_assets.core.rag.verification.alignment import Passage, passage_of
from aieco_assets.core.rag.verification.support import fitted_support
from aieco_assets.core.settings import Settings
from aieco_assets.core.text.sentences import split_page
from benchmarks.knowledge import chunk_texts
from benchmarks.record import Result

PASSAGES, UNITS, SENTENCES, ROUNDS = 8, 8, 10, 12
QUESTION = "What does a customer have to know about returns, deliveries and payments?"


def verification() -> list[Result]:
    """Whole answers at once, and a first sentence from its last word until it is told. What the model takes is none."""
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as home:
        embedder = load_embedder(Settings(home=Path(home), _env_file=None))  # type: ignore[call-arg]
        reads = Descriptions(embedder)
        passages = _passages(reads)
        answers = [_answer(passages, start) for start in range(ROUNDS + 1)]
        whole = [_whole(reads, passages, answer) for answer in answers][1:]
        first = [_first(reads, passages, answer) for answer in answers][1:]
    return [
        Result("verifying ten sentences, median", statistics.median(whole) * 1_000, "ms"),
        Result("verifying ten sentences, worst", max(whole) * 1_000, "ms", 300),
        Result("first verified sentence after the model ended it, median", statistics.median(first) * 1_000, "ms"),
        Result("first verified sentence after the model ended it, worst", max(first) * 1_000, "ms", 150),
    ]


def _passages(reads: Descriptions) -> list[Passage]:
    """Of the sample's documents, in the order of their chunks."""
    units = []
    for number, text in enumerate(chunk_texts("")):
        page = Page(f"{number:064d}", f"{number}.md", 1, text)
        units += [unit for unit in split_page(page) if unit.kind == "sentence" and len(unit.text.split()) > 6]
    some = units[: PASSAGES * UNITS]
    described = reads.of([reads.plain(unit) for unit in some])
    reads.vectors(sorted({word for unit in described for word in unit.plain.words}))  # as they are read ahead
    return [passage_of(described[place : place + UNITS]) for place in range(0, len(some), UNITS)]


def _answer(passages: list[Passage], start: int) -> str:
    """Ten sentences of the passages with some words changed, each citing the next passage but every third a wrong
    one, which is mended or refused; different ones each time, so that nothing is known from before."""
    said = []
    for number in range(SENTENCES):
        place = (start + number) % len(passages)
        units = passages[place].units
        words = units[(start * 3 + number) % len(units)].plain.unit.text.rstrip(".!?").split()
        changed = " ".join(word for n, word in enumerate(words) if (n + start) % 7)
        said.append(f"{changed}. [{place + 1 if number % 3 else (place + 3) % len(passages) + 1}]")
    return " ".join(said)


def _whole(reads: Descriptions, passages: list[Passage], answer: str) -> float:
    checking = Checking(QUESTION, passages, reads, fitted_support(), lambda _: None)
    began = time.perf_counter()
    checking.take(cited_sentences(answer))
    return time.perf_counter() - began


def _first(reads: Descriptions, passages: list[Passage], answer: str) -> float:
    """Seconds from the piece after the first sentence that is told until it is told."""
    told: list[float] = []
    llm = _Timed(answer)
    sources = [Source("sample", 1, passage) for passage in passages]
    written(QUESTION, sources, llm, reads, fitted_support(), 600, True, lambda _: told.append(time.perf_counter()))
    return told[0] - llm.gave_until(told[0]) if told else 0.0


class _Timed:
    """Says an answer word by word, and knows when it gave which."""

    name, version, slots, price, config = "timed", "0" * 64, 1, None, ModelConfig()

    def __init__(self, text: str) -> None:
        self._text, self._gave = text, list[float]()

    def generate(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    def stream(self, *_: Any, **__: Any) -> Iterator[Piece]:
        for word in self._text.split(" "):
            self._gave.append(time.perf_counter())
            yield Piece(f"{word} ")
        self._gave.append(time.perf_counter())
        yield Piece("", "stop", 10, 10)

    def gave_until(self, moment: float) -> float:
        """When it gave the last word before that moment."""
        return max(one for one in self._gave if one <= moment)
