"""A model behind an OpenAI-compatible server (vLLM, llama.cpp server, ...), with nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urldefrag, urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.gateway import Generation, Piece, collect
from aieco_assets.core.llm.prompt import Message

_TIMEOUT = 120.0
_MAX_LINE = 1 << 20


def without_secrets(url: str) -> str:
    """The url without user and password, fit for messages and the registry."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


class ServerLlm:
    """`http(s)://host/v1#model`. The key, if the server wants one, is read from OPENAI_API_KEY and never logged.

    `version` is what the server lists for the model: it can't prove which weights run there.
    """

    def __init__(self, url: str) -> None:
        self._base, model = urldefrag(url)
        self._base = self._base.rstrip("/")
        self._shown = without_secrets(self._base)
        listed = self._get("/models").get("data") or []
        if not model:
            if not listed:
                raise AiecoError(f"{self._base} serves no model: name one as {self._shown}#model.")
            model = str(listed[0]["id"])
        known = {str(entry.get("id")): entry for entry in listed}
        if listed and model not in known:
            raise AiecoError(f"{self._shown} does not serve {model} but {', '.join(sorted(known))}: mend AIECO_LLM.")
        self._model = model
        created = known.get(model, {}).get("created", 0)
        self._version = f"server-{created}"

    @property
    def name(self) -> str:
        return self._model

    @property
    def version(self) -> str:
        return self._version

    @property
    def uri(self) -> str:
        return f"{self._shown}#{self._model}"

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
            "temperature": 0,
            "seed": 0,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if stop:
            body["stop"] = list(stop)
        finish, count, usage = "stop", 0, {}
        with self._open("/chat/completions", json.dumps(body).encode("utf-8")) as response:
            for event in self._events(response):
                if cancelled is not None and cancelled.is_set():
                    finish = "cancelled"
                    break
                usage = event.get("usage") or usage
                for choice in event.get("choices", [])[:1]:
                    finish = choice.get("finish_reason") or finish
                    if text := (choice.get("delta") or {}).get("content"):
                        count += 1
                        yield Piece(text)
        yield Piece("", finish, int(usage.get("prompt_tokens", 0)), int(usage.get("completion_tokens", count)))

    def _events(self, response: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
        try:
            while line := response.readline(_MAX_LINE):
                if line.startswith(b"data:"):
                    data = line[5:].strip()
                    if data == b"[DONE]":
                        return
                    yield json.loads(data)
        except (OSError, http.client.HTTPException, json.JSONDecodeError) as error:
            raise AiecoError(
                f"{self._shown} broke off its answer ({type(error).__name__}): look at that server."
            ) from None

    def _get(self, path: str) -> dict[str, Any]:
        with self._open(path) as response:
            try:
                return json.loads(response.read(_MAX_LINE))
            except json.JSONDecodeError:
                raise AiecoError(f"{self._shown} is no OpenAI-compatible server: its {path} is not JSON.") from None

    def _open(self, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
        request = urllib.request.Request(  # noqa: S310 - the url is the operator's own setting
            self._base + path, data=body, headers={"Content-Type": "application/json"}
        )
        if key := os.environ.get("OPENAI_API_KEY"):
            request.add_unredirected_header("Authorization", f"Bearer {key}")
        try:
            return urllib.request.urlopen(request, timeout=_TIMEOUT)  # noqa: S310
        except urllib.error.HTTPError as error:
            raise AiecoError(
                f"{self._shown}{path} answered {error.code}: look at that server or mend AIECO_LLM."
            ) from None
        except (OSError, ValueError) as error:
            raise AiecoError(f"{self._shown} can't be reached ({error}): start it or mend AIECO_LLM.") from None
