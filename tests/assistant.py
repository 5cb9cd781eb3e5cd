"""An assistant of the official SDK, as tests use one: blocking, over stdio or HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from threading import Event, Thread
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

SECONDS = 300  # generous: it only ends a test that would hang


class Assistant:
    """A client in a thread of its own."""

    def __init__(self, client: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._client, self._loop = client, loop

    def tools(self) -> list[Any]:
        return self._wait(self._client.list_tools()).tools

    def call(self, name: str, **given: Any) -> Any:
        """What came back, refused or not."""
        return self.send(name, given)

    def send(self, name: str, given: Mapping[str, Any]) -> Any:
        return self._wait(self._client.call_tool(name, dict(given)))

    def told(self, name: str, **given: Any) -> dict[str, Any]:
        """The structured result of a call that must succeed."""
        found = self.call(name, **given)
        assert not found.is_error, found.content[0].text
        return found.structured_content

    def refused(self, name: str, **given: Any) -> str:
        """The sentence of a call that must not succeed."""
        found = self.call(name, **given)
        assert found.is_error, found.content
        return found.content[0].text

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)


@contextmanager
def over_http(url: str, key: str = "", mode: str = "auto") -> Iterator[Assistant]:
    async def opened(stack: AsyncExitStack) -> Any:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        http = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=SECONDS))
        return await stack.enter_async_context(
            Client(streamable_http_client(f"{url}/mcp", http_client=http), mode=mode)
        )

    with _assistant(opened) as one:
        yield one


@contextmanager
def over_stdio(command: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Assistant]:
    parameters = StdioServerParameters(command=command, args=list(arguments), env=dict(environment))

    async def opened(stack: AsyncExitStack) -> Any:
        return await stack.enter_async_context(Client(stdio_client(parameters)))

    with _assistant(opened) as one:
        yield one


@contextmanager
def _assistant(opened: Any) -> Iterator[Assistant]:
    """The SDK opens and closes a client in one task, which waits here between the two."""
    ready: Future[Assistant] = Future()
    loop, done = asyncio.new_event_loop(), asyncio.Event()

    async def live() -> None:
        try:
            async with AsyncExitStack() as stack:
                ready.set_result(Assistant(await opened(stack), loop))
                await done.wait()
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    ended = Event()

    def run() -> None:
        try:
            loop.run_until_complete(live())
        finally:
            loop.close()
            ended.set()

    Thread(target=run, daemon=True).start()
    try:
        yield ready.result(SECONDS)
    finally:
        if not ended.is_set():
            loop.call_soon_threadsafe(done.set)
        assert ended.wait(SECONDS)
