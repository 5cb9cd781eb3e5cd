"""A model behind an OpenAI-compatible server (vLLM, llama.cpp server, ...)."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from hashlib import sha256
from typing import Any
from urllib.parse import urldefrag

from aieco_assets.core.errors import AiecoError, ModelUnavailable
from aieco_assets.core.llm.budget import ServerLimits
from aieco_assets.core.llm.gateway import Generation, Piece, collect
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.llm.price import Price
from aieco_assets.core.llm.prompt import Message
from aieco_assets.core.llm.server_client import MOST_BYTES, ServerClient

# Of a model's card, what says nothing of the model: vLLM gives the time of the question as `created`.
_OF_THE_MOMENT = frozenset({"created", "permission"})
LETTERS_OF_A_TOKEN = 4
# How a server may call the model that it was asked for: gpt-4o-2024-08-06, llama3:latest.
_DATED = re.compile(r"[-@:](\d.*|latest)")


class ServerLlm:
    """`http(s)://host/v1#model`; without a name, the first model that the server lists.

    `version` is the digest of what the server lists for the model: it can't prove which weights run there.
    Raises AiecoError when the server does not have the model, ModelUnavailable when it can't be asked.
    """

    def __init__(
        self,
        url: str,
        config: ModelConfig | None = None,
        limits: ServerLimits | None = None,
        price: Price | None = None,
    ) -> None:
        self.config, self.price = config or ModelConfig(), price
        base, model = urldefrag(url)
        self._client = ServerClient(base.rstrip("/"), limits or ServerLimits())
        cards = self._cards()
        if not model and not cards:
            raise AiecoError(f"{self._client.shown} serves no model: name one as {self._client.shown}#model.")
        self._model = model or next(iter(cards))
        if cards and self._model not in cards:
            raise AiecoError(f"{self._other(cards)}: mend AIECO_LLM.")
        card = {key: value for key, value in cards.get(self._model, {}).items() if key not in _OF_THE_MOMENT}
        self._version = f"server-{sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()[:12]}"

    @property
    def name(self) -> str:
        return self._model

    @property
    def version(self) -> str:
        return self._version

    @property
    def slots(self) -> int:
        return self._client.limits.at_once

    @property
    def uri(self) -> str:
        return f"{self._client.shown}#{self._model}"

    def generate(self, messages: Sequence[Message], max_tokens: int = 64, stop: Sequence[str] = ()) -> Generation:
        return collect(self.stream(messages, max_tokens, stop))

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
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
                raise ModelUnavailable(f"{self._other(self._cards())}: mend AIECO_LLM.") from None
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

    def _cards(self) -> dict[str, dict[str, Any]]:
        """What the server lists, by the name of the model."""
        said = b""
        with self._client.opened("/models") as pieces:
            for piece in pieces:
                said += piece
                if len(said) > MOST_BYTES:
                    break
        try:
            return {str(card["id"]): card for card in json.loads(said).get("data") or []}
        except (ValueError, AttributeError, TypeError, KeyError):
            raise ModelUnavailable(
                f"{self._client.shown} is no OpenAI-compatible server: its /models is not their JSON."
            ) from None

    def _other(self, cards: dict[str, dict[str, Any]]) -> str:
        return f"{self._client.shown} does not serve {self._model} but {', '.join(sorted(cards)) or 'nothing'}"
