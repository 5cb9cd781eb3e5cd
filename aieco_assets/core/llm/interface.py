"""What every language model can do, and what it gives back."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.llm.price import Price
from aieco_assets.core.llm.prompt import Message


@dataclass(frozen=True)
class Generation:
    """A finished text with its cost in tokens."""

    text: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True)
class Piece:
    """A part of a streamed text; the last one has `finish` ("stop", "length" or "cancelled") and the token counts.

    `cached_tokens`: of the prompt's, those that the model had read for the text before.
    """

    text: str
    finish: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0


class Llm(Protocol):
    """A chat model. `version` is a sha256 (file) or what the server says; equal versions give equal answers.

    `slots`: texts that it writes at once; who asks for more waits. `config`: how it writes. `price`: of its tokens,
    None where none is named.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def slots(self) -> int: ...

    @property
    def config(self) -> ModelConfig: ...

    @property
    def price(self) -> Price | None: ...

    def generate(self, messages: Sequence[Message], max_tokens: int = 64, stop: Sequence[str] = ()) -> Generation:
        """The whole answer. Raises AiecoError when the model can't be reached or the text is too
        long for it."""
        ...

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
        """The same answer piece by piece; setting `cancelled` or closing the generator stops the model at once."""
        ...


def collect(pieces: Iterator[Piece]) -> Generation:
    text, last = [], Piece("")
    for last in pieces:
        text.append(last.text)
    return Generation("".join(text).strip(), last.prompt_tokens, last.completion_tokens)


class WrappedLlm:
    """The model that it is given, whatever else that one can do; who derives from it changes how a text is streamed."""

    name: str
    version: str
    config: ModelConfig
    price: Price | None
    slots: int

    def __init__(self, llm: Llm) -> None:
        self._llm = llm

    def __getattr__(self, name: str) -> Any:
        """What it has, and the names above."""
        return getattr(self._llm, name)

    def generate(self, messages: Sequence[Message], max_tokens: int = 64, stop: Sequence[str] = ()) -> Generation:
        return collect(self.stream(messages, max_tokens, stop))

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
        return self._llm.stream(messages, max_tokens, stop, cancelled)
