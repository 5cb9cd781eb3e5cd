"""Clients that stream get each sentence when it is verified, while the model goes on writing; over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import openai
import pytest

from aieco_assets.core.errors import ModelUnavailable
from tests.bento.writing import FIRST, QUESTION, SECOND, WAIT, Gated, Writing


@pytest.fixture
def ai(writing_url: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{writing_url}/v1", api_key="none", max_retries=0, timeout=WAIT) as client:
        yield client


def ask(ai: openai.OpenAI, **more: Any) -> Any:
    return ai.chat.completions.create(
        model="aieco", messages=[{"role": "user", "content": QUESTION}], stream=True, **more
    )


def said(chunks: Sequence) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_the_first_verified_sentence_is_sent_before_the_model_has_ended(ai: openai.OpenAI, writing: Writing) -> None:
    llm = writing.writes(
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


def test_a_response_streams_sentence_by_sentence_too(ai: openai.OpenAI, writing: Writing) -> None:
    llm = writing.writes(Gated(f"{FIRST} [1] The", "refund is paid to the card within 5 working days. [1]"))
    with ai.responses.stream(model="aieco", input=QUESTION) as stream:
        for event in stream:
            if event.type == "response.output_text.delta" and not llm.gate.is_set():
                assert (event.delta, llm.ended.is_set()) == (FIRST, False)
                llm.gate.set()
        final = stream.get_final_response()
    assert final.output_text == f"{FIRST} {SECOND}\n\nSources: returns.pdf, page 1"
    assert final.status == "completed"


def test_a_sentence_that_is_not_supported_is_never_sent(ai: openai.OpenAI, writing: Writing) -> None:
    llm = writing.writes(Gated(f"The King of Siam pays within 3 years. [1] {FIRST} [1] And", "the moon is cheese. [1]"))
    llm.gate.set()
    assert said(list(ask(ai))) == f"{FIRST}\n\nSources: returns.pdf, page 1"


def test_a_limit_of_tokens_holds_across_sentences(ai: openai.OpenAI, writing: Writing) -> None:
    llm = writing.writes(Gated(f"{FIRST} [1] The", "refund is paid to the card within 5 working days. [1]"))
    llm.gate.set()
    chunks = list(ask(ai, max_tokens=20))
    assert said(chunks) == f"{FIRST} The"
    assert chunks[-1].choices[0].finish_reason == "length"


def test_each_of_several_choices_gets_each_sentence(ai: openai.OpenAI, writing: Writing) -> None:
    llm = writing.writes(Gated(f"{FIRST} [1] The", "end"))
    llm.gate.set()
    chunks = list(ask(ai, n=2, stream_options={"include_usage": True}))
    for place in (0, 1):
        mine = [chunk for chunk in chunks if chunk.choices and chunk.choices[0].index == place]
        assert said(mine) == f"{FIRST}\n\nSources: returns.pdf, page 1"
    assert chunks[-1].usage.completion_tokens == 10


def test_a_client_that_leaves_stops_the_model(writing_url: str, writing: Writing) -> None:
    llm = writing.writes(Gated(f"{FIRST} [1] The", "refund is paid to the card. " * 50_000))
    body = {"model": "aieco", "messages": [{"role": "user", "content": QUESTION}], "stream": True}
    with httpx.stream("POST", f"{writing_url}/v1/chat/completions", json=body, timeout=WAIT) as response:
        for line in response.iter_lines():
            if FIRST in line:
                break
    llm.gate.set()
    assert llm.stopped.wait(WAIT)
    assert not llm.ended.is_set()


def test_a_model_server_that_breaks_off_leaves_what_was_verified(ai: openai.OpenAI, writing: Writing) -> None:
    llm = writing.writes(Gated(f"{FIRST} [1] The", "refund is", ModelUnavailable("the server went away.")))
    llm.gate.set()
    chunks = list(ask(ai))
    assert said(chunks) == f"{FIRST}\n\nSources: returns.pdf, page 1"
    assert chunks[-1].model_extra["aieco"]["mode"] == "write"


def test_what_fails_after_the_first_sentence_is_an_error_of_the_stream(writing_url: str, writing: Writing) -> None:
    llm = writing.writes(Gated(f"{FIRST} [1] The", "refund", RuntimeError("a bug")))
    llm.gate.set()
    body = {"model": "aieco", "messages": [{"role": "user", "content": QUESTION}], "stream": True}
    text = httpx.post(f"{writing_url}/v1/chat/completions", json=body, timeout=WAIT).text
    (*_, last) = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: ")]
    assert last["error"]["message"].startswith("Something went wrong on our side")
    assert "a bug" not in text


def test_what_fails_before_the_first_sentence_has_its_status(writing_url: str) -> None:
    body = {"model": "aieco", "messages": [{"role": "user", "content": "?" * 30_000}], "stream": True}
    response = httpx.post(f"{writing_url}/v1/chat/completions", json=body, timeout=WAIT)
    assert (response.status_code, response.headers["content-type"]) == (400, "application/json")
