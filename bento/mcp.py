"""`/mcp`: the tools of core/tools over streamable HTTP, by the keys, queues, limits and log of the other routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.routing import Route

from aieco_assets.core.contracts import Answer, DocumentFilter, Hit, Page, Query
from aieco_assets.core.customers.payload import plain
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.graph_picture import GraphPicture, read_picture
from aieco_assets.core.settings import Settings
from aieco_assets.core.tools.catalogue import OVER_HTTP
from aieco_assets.core.tools.protocol import Caller, mcp_server
from bento.backend import NotReady
from bento.limits import Busy
from bento.request_limits import BODY_BYTES
from bento.request_queues import RequestQueues, reader_of

T = TypeVar("T")
PATH = "/mcp"


def add(app: FastAPI) -> None:
    app.router.routes.append(Route(PATH, endpoint=Endpoint(), methods=["POST"], include_in_schema=False))


class Endpoint:
    """The SDK's endpoint while the application runs. No sessions: each request stands for itself, as its key does."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc != request.headers.get("host"):
            raise HTTPException(403, "A page of another site may not call this.")
        manager = getattr(request.app.state, "mcp", None)
        if manager is None:
            raise NotReady("The service is starting: try again in a moment.")
        await manager.handle_request(scope, receive, send)


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[None]:
    """Within it, /mcp answers."""
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    app.state.mcp = StreamableHTTPSessionManager(
        mcp_server(OVER_HTTP, caller_of), json_response=True, stateless=True, max_request_body_size=BODY_BYTES
    )
    async with app.state.mcp.run():
        yield


def caller_of(request: Request) -> Caller:
    """By what the guard wrote into the request's scope."""
    return request.scope["aieco.may"], PlatformOfRequest(request.app.state.queues, request)


class PlatformOfRequest:
    """The platform as one request of a key sees it."""

    def __init__(self, queues: RequestQueues, request: Request) -> None:
        self._queues, self._request = queues, request

    async def ask(self, query: Query) -> Answer:
        return await _said(self._queues.answer(self._request, query))

    async def search(self, question: str, k: int, wanted: DocumentFilter) -> list[Hit]:
        return await self._look(partial(self._queues.backend.search, question, k, wanted, self._reader))

    async def page(self, sha256: str, page: int) -> Page | None:
        found = await self._look(partial(self._queues.backend.page, sha256, page, self._reader))
        if found is not None:
            self._queues.backend.note_read(sha256, page, self._queues.who(self._request))
        return found

    async def predict(self, customer_ids: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
        found = await _said(self._queues.predict(self._request, customer_ids))
        return [{name: plain(value) for name, value in row.items()} for row in found.rows], found.unknown

    async def look_up(self, work: Callable[[Settings], T]) -> T:
        return await self._look(partial(self._queues.backend.looked_up, work))

    async def limited(self) -> bool:
        # Without a reader nothing is looked for: the operator's question need not wait for the models.
        return self._reader is not None and await self._look(partial(self._queues.backend.limits, self._reader))

    async def graph(self) -> GraphPicture:
        return await self.look_up(read_picture)

    async def plan(self) -> dict[str, Any]:
        raise AiecoError("A plan is made where the platform lies: call `aieco plan` there.")

    @property
    def _reader(self) -> Any:
        return reader_of(self._request)

    async def _look(self, work: Callable[[], T]) -> T:
        return await _said(self._queues.look_up(self._request, work))


async def _said(work: Awaitable[T]) -> T:
    """What the routes answer 4xx and 503 for, as a sentence. Raises AiecoError."""
    import psycopg

    try:
        return await work
    except (Busy, NotReady) as reason:
        raise AiecoError(str(reason)) from None
    except HTTPException as reason:
        raise AiecoError(str(reason.detail)) from None
    except psycopg.OperationalError:
        raise AiecoError("The warehouse does not answer: try again in a moment.") from None
