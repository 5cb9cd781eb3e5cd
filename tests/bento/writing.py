"""A service whose model writes one sentence and waits at a gate: a stand-in for a capable one, behind real HTTP."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

import uvicorn

from aieco_assets.core.contracts import Answer, Query, Reader
from aieco_assets.core.llm.interface import Piece
from aieco_assets.core.rag.evidence.thresholds import calibrated_policy
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.storage.postgres_host import free_port
from bento.backend import Backend
from bento.cancellation import Heeding
from tests.core.rag.scripted import PagesInMemory, ScriptedLlm, page

PAGE = page(
    "Goods ordered online can be returned within 30 days of delivery. The refund is paid to the card within 5 working "
    "days. Send the parcel with the label that came with it.",
    document="returns.pdf",
)
QUESTION = "How do I return goods that I ordered online?"
FIRST = "Goods ordered online can be returned within 30 days of delivery."
SECOND = "The refund is paid to the card within 5 working days."
WAIT = 30  # seconds, generous: it only ends a test that would hang


Model = TypeVar("Model", bound=ScriptedLlm)


class Gated(ScriptedLlm):
    """Says one sentence and the beginning of the next, and waits at its gate before it goes on."""

    def __init__(self, before: str, after: str, error: Exception | None = None) -> None:
        super().__init__(before)
        self._after, self._error = after, error
        self.gate, self.ended, self.stopped = threading.Event(), threading.Event(), threading.Event()

    def stream(self, messages: Sequence, *_: object, **__: object) -> Iterator[Piece]:
        self.asked.append(list(messages))
        try:
            for word in self._text.split(" "):
                yield Piece(f"{word} ")
            assert self.gate.wait(WAIT)
            for word in self._after.split(" "):
                yield Piece(f"{word} ")
            if self._error:
                raise self._error
            self.ended.set()
            yield Piece("", "stop", 10, 10)
        finally:
            self.stopped.set()


class Writing(Backend):
    """The service's backend, with a model that writes from one page."""

    _answerer: Answerer | None = None

    def writes(self, llm: Model) -> Model:
        policy = replace(calibrated_policy(), mode="write")
        embedder = super()._current().embedder
        self._answerer = Answerer(PagesInMemory(PAGE), embedder, Heeding(llm), policy)  # type: ignore[arg-type]
        return llm

    def answer(self, query: Query, conversation: str, told: Callable[[str], object] = lambda _: None) -> Answer:
        return self._current().answer(query.question, or_quote=True, told=told)

    def examples(self, reader: Reader | None = None) -> list[str]:
        """None: pages in memory are asked by tests alone."""
        return []

    def _current(self) -> Answerer:
        return self._answerer or super()._current()


@contextmanager
def listening(app: object) -> Iterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
