"""What a language model wrote for the last evaluation: it is not asked again where what it is given is the same."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from aieco_assets.core.llm.interface import Llm, Piece, WrappedLlm
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    import threading

    from aieco_assets.core.llm.prompt import Message


@dataclass(frozen=True)
class Text:
    """As it was streamed, and how long the model took for it."""

    pieces: tuple[Piece, ...]
    milliseconds: float


class RememberingLlm(WrappedLlm):
    """The model in a file that it is given; a server's may be another one tomorrow. A text that is written anew is
    remembered when it is finished.

    `basis`: what a text depends on beside model and request, such as the code that reads it. `saved_ms`: that the model
    once took for what it was not asked again, since somebody last set it to 0.
    """

    def __init__(self, llm: Llm, settings: Settings, basis: str) -> None:
        super().__init__(llm)
        reckoned = f"llama.cpp {version('llama-cpp-python')}, {settings.n_threads}, {settings.n_gpu_layers}"
        self._settings, self._basis = settings, [basis, reckoned]
        self._before, self._told = _read(settings), dict[str, Text]()
        self.saved_ms = 0.0

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
        key = self._key(messages, max_tokens, stop)
        if text := self._before.get(key) or self._told.get(key):
            self.saved_ms += text.milliseconds
            yield from text.pieces
        else:
            pieces, took, began = [], 0.0, time.perf_counter()
            for piece in self._llm.stream(messages, max_tokens, stop, cancelled):
                took += time.perf_counter() - began
                pieces.append(piece)
                yield piece
                began = time.perf_counter()
            text = Text(tuple(pieces), took * 1000)
        self._told[key] = text

    def keep(self) -> None:
        """For the next evaluation, the texts of this one alone."""
        rows = [
            (key, json.dumps([asdict(piece) for piece in text.pieces]), text.milliseconds)
            for key, text in self._told.items()
        ]
        with connect(self._settings.warehouse) as connection:
            connection.execute("delete from evaluation.texts")
            with connection.cursor() as cursor:
                cursor.executemany("insert into evaluation.texts values (%s, %s, %s) on conflict do nothing", rows)

    def _key(self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str]) -> str:
        model = [self.name, self.version, self.config.to_json(), self._settings.llm_template]
        asked = [*model, *self._basis, list(messages), max_tokens, list(stop)]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _read(settings: Settings) -> dict[str, Text]:
    with connect(settings.warehouse) as connection:
        rows = connection.execute("select key, pieces, milliseconds from evaluation.texts").fetchall()
    return {key: Text(tuple(Piece(**piece) for piece in pieces), took) for key, pieces, took in rows}
