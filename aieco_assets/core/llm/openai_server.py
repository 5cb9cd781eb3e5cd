"""A model behind an OpenAI-compatible server (vLLM, llama.cpp server, ...)."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urldefrag

from aieco_assets.core.errors import AiecoError, ModelUnavailable
from aieco_assets.core.llm.budget import ServerLimits
from aieco_assets.core.llm.interface import Generation, Piece, collect
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.llm.price import Price
from aieco_assets.core.llm.prompt import Message
from aieco_assets.core.llm.server_client import MOST_BYTES, ServerClient
from aieco_assets.core.llm.server_models import listed_models, version_of
from aieco_assets.core.llm.tool_calls import CANT, LETTERS_OF_A_TOKEN, NoTools, Turn, read_turn

logger = logging.getLogger(__name__)

# How a server may call the model that it was asked for: gpt-4o-2024-08-06, llama3:latest.
_DATED = re.compile(r"[-@:](\d.*|latest)")


class ServerLlm:
    """`http(s)://host/v1#model`; without a name, the first model that the server lists.

    `version` is the digest of what the server lists for the model: it can't prove which weights run there.
    Raises AiecoError when the server does not have the model, ModelUnavailable when it can't be asked. `or_later`: one
    that can't be asked now is asked what it lists before its first text; its version is empty until then.
    """

    def __init__(
        self,
        url: str,
        config: ModelConfig | None = None,
        limits: ServerLimits | None = None,
        price: Price | None = None,
        or_later: bool = False,
    ) -> None:
        self.config, self.price = config or ModelConfig(), price
        base, self._model = urldefrag(url)
        self._client, self._version = ServerClient(base.rstrip("/"), limits or ServerLimits()), ""
        self.calls_tools = True  # until it refuses them
        try:
            self._meet()
        except ModelUnavailable as reason:
            if not or_later:
                raise
            logger.warning("the quotes answer alone until the model's server is there: %s", reason)

    def _meet(self) -> None:
        """Which model it is, and of which version."""
        cards = listed_models(self._client)
        if not self._model and not cards:
            raise AiecoError(f"{self._client.shown} serves no model: name one as {self._client.shown}#model.")
        model = self._model or next(iter(cards))
        if cards and model not in cards:
            raise AiecoError(f"{self._other(cards)}: mend AIECO_LLM.")
        self._model, self._version = model, version_of(cards.get(model, {}))

    @property
    def is_left_alone(self) -> bool:
        """It did not answer several times running, and is not asked for a while."""
        return self._client.breaker.is_open

    @property
    def name(self) -> str:
        return self._model or self._client.shown

    @property
    def version(self) -> str:
        return self._version

    @property
    def slots(self) -> int:
        return self._client.limits.at_once

    @property
    def uri(self) -> str:
        return f"{self._client.shown}#{self._model}" if self._model else self._client.shown

    def generate(self, messages: Sequence[Message], max_tokens: int = 64, stop: Sequence[str] = ()) -> Generation:
        return collect(self.stream(messages, max_tokens, stop))

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
        body = self._body(messages, max_tokens)
        if stop:
            body["stop"] = list(stop)
        finish, count, usage = "", 0, {}
        with closing(self._events(body)) as events:  # closing the connection is what stops the server
            for event in events:
                if cancelled is not None and cancelled.is_set():
                    finish = "cancelled"
                    break
                usage = event.get("usage") or usage
                for choice in (event.get("choices") or [])[:1]:
                    finish = choice.get("finish_reason") or finish
                    if text := (choice.get("delta") or {}).get("content"):
                        count += 1
                        yield Piece(text)
        # A server says at the end what it has read: of an answer that was stopped before, that is estimated.
        read = int(usage.get("prompt_tokens") or sum(len(one["content"]) for one in messages) // LETTERS_OF_A_TOKEN)
        yield Piece("", finish or "stop", read, int(usage.get("completion_tokens") or count))

    def turn(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]],
        max_tokens: int,
        must_answer: bool = False,
        given_up: Callable[[], bool] = lambda: False,
    ) -> Turn:
        """As `CallsTools` has it."""
        choice = {"tools": tools, "tool_choice": "none" if must_answer else "auto"}
        guess = len(json.dumps([messages, tools], ensure_ascii=False)) // LETTERS_OF_A_TOKEN
        try:
            with closing(self._events(self._body(messages, max_tokens) | choice)) as events:
                turn = read_turn(events, given_up, guess)
        except ModelUnavailable as error:
            if error.status not in CANT or any(one["role"] == "tool" for one in messages):
                raise
            self.calls_tools = False
            raise NoTools(
                f"{self._client.shown} takes no tools for {self.name} (it answered {error.status}): start it so that "
                "its model calls tools, or set AIECO_LLM to a larger model that does."
            ) from None
        self.calls_tools = True
        return turn

    def _body(self, messages: Sequence[Any], max_tokens: int) -> dict[str, Any]:
        if not self._version:
            try:
                self._meet()
            except AiecoError as reason:  # to whoever asks a question now, a server without the model is none
                raise ModelUnavailable(str(reason)) from None
        body: dict[str, Any] = {
            "model": self._model,
            "messages": list(messages),
            "max_tokens": max_tokens,
            "temperature": self.config.temperature,
            "seed": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self.config.top_p < 1:  # some models take no top_p
            body["top_p"] = self.config.top_p
        return body

    def _events(self, body: dict[str, Any]) -> Generator[dict[str, Any]]:
        """The events of one answer. Raises ModelUnavailable for half of one, and for one of another model."""
        count, finished = 0, False
        try:
            with self._client.opened("/chat/completions", body) as pieces:
                for line in self._lines(pieces):  # to its end: only then is the connection kept
                    data = line.removeprefix(b"data:").strip()
                    if data == line or data == b"[DONE]":
                        finished = finished or data == b"[DONE]"
                        continue
                    event, count = self._event(data), count + 1
                    finished = finished or any(c.get("finish_reason") for c in event.get("choices") or [])
                    yield event
        except ModelUnavailable as error:
            if error.status == 404:  # the model that was here is not any more
                raise ModelUnavailable(f"{self._other(listed_models(self._client))}: mend AIECO_LLM.") from None
            raise
        if not count:
            raise ModelUnavailable(f"{self._client.shown} is no OpenAI-compatible server: its answers are no events.")
        if not finished:
            raise ModelUnavailable(self._client.broke_off("it ended without a finish_reason"))

    def _event(self, data: bytes) -> dict[str, Any]:
        try:
            event = json.loads(data)
        except ValueError:
            raise ModelUnavailable(self._client.broke_off("an event is not JSON")) from None
        if not isinstance(event, dict) or event.get("error"):
            raise ModelUnavailable(self._client.broke_off("it says that it failed"))
        said = event.get("model")
        if said and not self._is_asked(str(said)):
            raise ModelUnavailable(
                f"{self._client.shown} answered with {said} and was asked for {self._model}: mend AIECO_LLM, "
                "or start the server with that model."
            )
        return event

    def _is_asked(self, said: str) -> bool:
        return said == self._model or (
            said.startswith(self._model) and bool(_DATED.fullmatch(said[len(self._model) :]))
        )

    def _lines(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        rest = b""
        for piece in pieces:
            *lines, rest = (rest + piece).split(b"\n")
            yield from (line.strip() for line in lines)
            if len(rest) > MOST_BYTES:
                raise ModelUnavailable(self._client.broke_off("a line has no end"))
        yield rest.strip()

    def _other(self, cards: dict[str, dict[str, Any]]) -> str:
        return f"{self._client.shown} does not serve {self._model} but {', '.join(sorted(cards)) or 'nothing'}"
