"""Clients that stream get each sentence when it is verified, while the model goes on writing; over real HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

import httpx
import openai
import pytest
import uvicorn

from aieco_assets.core.contracts import Answer, Query
from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.gateway import Piece
from aieco_assets.core.rag.evidence.thresholds import calibrated_policy
from aieco_assets.core.rag.pipeline import Answerer
from bento.app import create_app
from bento.backend import Backend
from bento.guard import Guard
from bento.leaving import Heeding
from tests.bento.serving import free_port
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

    def writes(self, llm: Gated) -> Gated:
        policy = replace(calibrated_policy(), mode="write")
        embedder = self._current().embedder
        self._answerer = Answerer(PagesInMemory(PAGE), embedder, Heeding(llm), policy)  # type: ignore[arg-type]
        return llm

    def answer(self, query: Query, conversation: str, told: Callable[[str], object] = lambda _: None) -> Answer:
        return self._answerer.answer(query.question, or_quote=True, told=told)


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


@pytest.fixture(scope="module")
def backend(served) -> Iterator[Writing]:
    with closing(Writing(served)) as opened:
        opened.open()
        yield opened


@pytest.fixture(scope="module")
def url(backend: Writing) -> Iterator[str]:
    with listening(Guard(create_app(backend))) as address:
        yield address


@pytest.fixture
def ai(url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=WAIT) as client:
        yield client


def ask(ai: openai.OpenAI, **more: Any) -> Any:
    return ai.chat.completions.create(
        model="aieco", messages=[{"role": "user", "content": QUESTION}], stream=True, **more
    )


def said(chunks: Sequence) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_the_first_verified_sentence_is_sent_before_the_model_has_ended(ai: openai.OpenAI, backend: Writing) -> None:
    llm = backend.writes(
        Gated(f"{FIRST} [1] The", f"refund is paid to the card within 5 working days. [1] {FIRST} [1]")
    )
    chunks = []
    for chunk in ask(ai):
        chunks.append(chunk)
        if FIRST in said(chunks) and not llm.gate.is_set():
            assert not llm.ended.is_set()
            llm.gate.set()
    assert llm.ended.is_set()
    assert said(chunks) == f"{FIRST} {SECOND}\n\nSources: returns.pdf, page 1"
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].model_extra["aieco"]["answer"] == f"{FIRST} {SECOND}"


def test_a_response_streams_sentence_by_sentence_too(ai: openai.OpenAI, backend: Writing) -> None:
    llm = backend.writes(Gated(f"{FIRST} [1] The", "refund is paid to the card within 5 working days. [1]"))
    with ai.responses.stream(model="aieco", input=QUESTION) as stream:
        for event in stream:
            if event.type == "response.output_text.delta" and not llm.gate.is_set():
                assert (event.delta, llm.ended.is_set()) == (FIRST, False)
                llm.gate.set()
        final = stream.get_final_response()
    assert final.output_text == f"{FIRST} {SECOND}\n\nSources: returns.pdf, page 1"
    assert final.status == "completed"


def test_a_sentence_that_is_not_supported_is_never_sent(ai: openai.OpenAI, backend: Writing) -> None:
    llm = backend.writes(Gated(f"The King of Siam pays within 3 years. [1] {FIRST} [1] And", "the moon is cheese. [1]"))
    llm.gate.set()
    assert said(list(ask(ai))) == f"{FIRST}\n\nSources: returns.pdf, page 1"


def test_a_limit_of_tokens_holds_across_sentences(ai: openai.OpenAI, backend: Writing) -> None:
    llm = backend.writes(Gated(f"{FIRST} [1] The", "refund is paid to the card within 5 working days. [1]"))
    llm.gate.set()
    chunks = list(ask(ai, max_tokens=20))
    assert said(chunks) == f"{FIRST} The"
    assert chunks[-1].choices[0].finish_reason == "length"


def test_each_of_several_choices_gets_each_sentence(ai: openai.OpenAI, backend: Writing) -> None:
    llm = backend.writes(Gated(f"{FIRST} [1] The", "end"))
    llm.gate.set()
    chunks = list(ask(ai, n=2, stream_options={"include_usage": True}))
    for place in (0, 1):
        mine = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].index == place]
        assert said(mine) == f"{FIRST}\n\nSources: returns.pdf, page 1"
    assert chunks[-1].usage.completion_tokens == 10


def test_a_client_that_leaves_stops_the_model(url: str, backend: Writing) -> None:
    llm = backend.writes(Gated(f"{FIRST} [1] The", "refund is paid to the card. " * 50_000))
    body = {"model": "aieco", "messages": [{"role": "user", "content": QUESTION}], "stream": True}
    with httpx.stream("POST", f"{url}/v1/chat/completions", json=body, timeout=WAIT) as response:
        for line in response.iter_lines():
            if FIRST in line:
                break
    llm.gate.set()
    assert llm.stopped.wait(WAIT)
    assert not llm.ended.is_set()


def test_a_model_server_that_breaks_off_leaves_what_was_verified(ai: openai.OpenAI, backend: Writing) -> None:
    llm = backend.writes(Gated(f"{FIRST} [1] The", "refund is", ModelUnavailable("the server went away.")))
    llm.gate.set()
    chunks = list(ask(ai))
    assert said(chunks) == f"{FIRST}\n\nSources: returns.pdf, page 1"
    assert chunks[-1].model_extra["aieco"]["mode"] == "write"


def test_what_fails_after_the_first_sentence_is_an_error_of_the_stream(url: str, backend: Writing) -> None:
    llm = backend.writes(Gated(f"{FIRST} [1] The", "refund", RuntimeError("a bug")))
    llm.gate.set()
    body = {"model": "aieco", "messages": [{"role": "user", "content": QUESTION}], "stream": True}
    text = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=WAIT).text
    (*_, last) = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert last["error"]["message"].startswith("Something went wrong on our side")
    assert "a bug" not in text


def test_what_fails_before_the_first_sentence_has_its_status(url: str) -> None:
    body = {"model": "aieco", "messages": [{"role": "user", "content": "?" * 30_000}], "stream": True}
    response = httpx.post(f"{url}/v1/chat/completions", json=body, timeout=WAIT)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/json")
