"""An answer that is sent while it is made: each sentence as soon as it is verified, and what is left at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from starlette.exceptions import HTTPException

from aieco_assets.core.contracts import Answer
from aieco_assets.core.errors import AiecoError
from bento.limits import Busy

logger = logging.getLogger("aieco.service")

Told = Callable[[str], object]
_LEFT = 499


class Shape(Protocol):
    """The events of one client's API, in their order."""

    def begin(self) -> str: ...

    def part(self, text: str) -> str: ...

    def end(self, answer: Answer, text: str) -> str:
        """`text`: all that was sent."""
        ...

    def failed(self, sentence: str) -> str: ...

    def sendable(self, text: str) -> str:
        """What of the text so far the client's options let through: it only grows while the text does."""
        ...

    def shown(self, answer: Answer) -> str:
        """The whole text."""
        ...


class Telling:
    """One answer while it is worked out. `work` is given a function that takes each part of its text, from any
    thread."""

    def __init__(self, work: Callable[[Told], Awaitable[Answer]]) -> None:
        parts: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self._parts, self._first = parts, ""
        self._work = asyncio.ensure_future(work(lambda part: loop.call_soon_threadsafe(parts.put_nowait, part)))
        self._work.add_done_callback(lambda _: parts.put_nowait(None))

    async def begun(self) -> Answer | None:
        """The answer where it is whole before a part of it was told; None where parts come. Raises what the work
        raises, so that the client gets its status and not a stream."""
        try:
            first = await self._parts.get()
        except asyncio.CancelledError:
            self._work.cancel()
            raise
        if first is None:
            return self._work.result()
        self._first = first
        return None

    async def events(self, shape: Shape) -> AsyncIterator[str]:
        """Whoever leaves in the middle stops the work."""
        told = sent = ""
        part: str | None = self._first
        try:
            yield shape.begin()
            while part is not None:
                told += part
                new = shape.sendable(told)[len(sent) :]
                if new:
                    sent += new
                    yield shape.part(new)
                part = await self._parts.get()
            answer = self._work.result()
            whole = shape.shown(answer)
            rest = whole[len(sent) :] if whole.startswith(sent) else f"\n\n{whole}"
            if rest:
                yield shape.part(rest)
            yield shape.end(answer, sent + rest)
        except HTTPException as error:
            if error.status_code != _LEFT:
                yield shape.failed(str(error.detail))
        except (AiecoError, Busy) as error:
            yield shape.failed(str(error))
        except Exception:
            logger.exception("an answer broke off")
            yield shape.failed("Something went wrong on our side: the log of the service says what.")
        finally:
            self._work.cancel()
