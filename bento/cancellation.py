"""What is stopped when nobody waits any more: a call when its client leaves, a language model between two words."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar, cast

from fastapi import Request
from starlette.exceptions import HTTPException

from aieco_assets.core.errors import Abandoned
from aieco_assets.core.llm.interface import WrappedLlm
from bento import metrics
from bento.limits import given_up

if TYPE_CHECKING:
    from collections.abc import Generator

    from aieco_assets.core.llm.interface import Piece
    from aieco_assets.core.llm.prompt import Message
    from aieco_assets.core.llm.tool_calls import CallsTools, Turn


T = TypeVar("T")


class Left(Abandoned):
    """The client has gone, or its time is up: there is nobody to answer."""


class Heeding(WrappedLlm):
    """The model it is given, asked between two tokens whether the call that it works for still stands."""

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
        if given_up():
            raise Left
        # Closing the stream is what stops the model.
        with closing(cast("Generator[Piece]", self._llm.stream(messages, max_tokens, stop, cancelled))) as pieces:
            for piece in pieces:
                if given_up():
                    raise Left
                yield piece

    def turn(self, *arguments: Any, **named: Any) -> Turn:
        """Of a model that calls tools."""
        if given_up():
            raise Left
        return cast("CallsTools", self._llm).turn(*arguments, **named, given_up=given_up)


async def while_connected(request: Request, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled when the client leaves: what waits is then not done, and the language
    model stops between two tokens."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            metrics.REJECTED.labels("client_left").inc()
            raise HTTPException(499, "The client left.")
        return working.result()
    finally:
        working.cancel()
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue
