"""One request on to a part and its answer back, as streams in both directions.

Method and target go on byte for byte, so that what was judged is what is asked: no library that parses and writes
addresses anew stands in between (`fastapi-proxy-lib` does, and joins cookies; `asgi-proxy-lib` reads bodies whole).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING, Any

from aieco_assets.login.upstreams import Upstream

if TYPE_CHECKING:
    import httpcore

logger = logging.getLogger("aieco.login")

Headers = list[tuple[bytes, bytes]]
# Of one connection, not of the request (RFC 9110, 7.6.1).
_HOPS = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade".split()
)
# What only we may say, or what is ours alone. Cookies go no further: a part never sees a session.
_OURS = frozenset(b"host cookie authorization origin forwarded x-real-ip x-remote-user x-http-method-override".split())
_OUR_PREFIXES = (b"x-forwarded-", b"x-aieco-")
_TIMEOUTS = {"connect": 5.0, "pool": 10.0, "write": 60.0, "read": 600.0}


def onward(headers: Iterable[tuple[bytes, bytes]], upstream: Upstream, extra: Headers) -> Headers:
    """The headers that a part sees. Nothing that the browser says can be taken for something that we say."""
    given = [(name.lower(), value) for name, value in headers]
    named = {one.strip().lower() for name, value in given if name == b"connection" for one in value.split(b",")}
    kept = [
        (name, value)
        for name, value in given
        if name not in _HOPS | _OURS | named and not name.startswith(_OUR_PREFIXES) and b"_" not in name
    ]
    return [(b"host", upstream.authority.encode()), *kept, *extra]


def homeward(headers: Iterable[tuple[bytes, bytes]], upstream: Upstream, foreign: bool) -> Headers:
    """The headers that a browser sees of a part's answer. `foreign`: content that strangers may have written."""
    own = f"http://{upstream.authority}".encode()
    kept: Headers = []
    for name, value in headers:
        name = name.lower()
        if name in _HOPS or name in (b"set-cookie", b"server", b"date") or name.startswith(b"access-control-"):
            continue
        if name == b"location" and value.startswith(own):
            value = value[len(own) :] or b"/"
        kept.append((name, value))
    there = {name for name, _ in kept}
    added = [(b"x-content-type-options", b"nosniff"), (b"x-frame-options", b"SAMEORIGIN")]
    if foreign:
        # A page of an artifact is of our origin: in a sandbox it has no cookies of ours and no scripts.
        kept = [one for one in kept if one[0] != b"content-security-policy"]
        added.append((b"content-security-policy", b"sandbox"))
    return [*kept, *(one for one in added if one[0] not in there or one[0] == b"content-security-policy")]


class Forwarder:
    """Connections to the parts, kept open between requests."""

    def __init__(self, upstreams: dict[Any, Upstream]) -> None:
        self.upstreams = upstreams
        self._pools: dict[Any, httpcore.AsyncConnectionPool] = {}

    async def close(self) -> None:
        for pool in self._pools.values():
            await pool.aclose()

    async def send(
        self,
        scope: Any,
        receive: Any,
        send: Any,
        upstream: Upstream,
        extra: Headers,
        *,
        target: bytes = b"",
        body: bytes | None = None,
        foreign: bool = False,
    ) -> bool:
        """False, and nothing was sent, when the part does not answer. `body`: instead of what the browser sends.

        When the browser leaves, the part is left too: it may stop what nobody waits for.
        """
        gone, read = asyncio.Event(), asyncio.Event()
        answering = asyncio.create_task(
            self._answer(scope, receive, send, upstream, extra, target or _target(scope), body, foreign, gone, read)
        )
        watching = asyncio.create_task(_until_gone(receive, gone, read, body is not None))
        try:
            await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                answering.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                return await answering
            return True
        finally:
            for task in (answering, watching):
                task.cancel()

    async def _answer(
        self,
        scope: Any,
        receive: Any,
        send: Any,
        upstream: Upstream,
        extra: Headers,
        target: bytes,
        body: bytes | None,
        foreign: bool,
        gone: asyncio.Event,
        read: asyncio.Event,
    ) -> bool:
        import httpcore

        if upstream.part not in self._pools:
            self._pools[upstream.part] = upstream.pool()
        headers = onward(scope["headers"], upstream, extra)
        given = {name for name, _ in headers}
        content: Any = body
        if body is not None:
            headers = [one for one in headers if one[0] != b"content-length"]
            headers.append((b"content-length", str(len(body)).encode()))
        elif b"content-length" in given or any(name == b"transfer-encoding" for name, _ in scope["headers"]):
            content = _stream(receive, gone, read)
            if b"content-length" not in given:
                headers.append((b"transfer-encoding", b"chunked"))
        else:
            read.set()
        request = httpcore.Request(
            scope["method"].encode(),
            httpcore.URL(scheme=b"http", host=upstream.host.encode(), port=upstream.port, target=target),
            headers=headers,
            content=content,
            extensions={"timeout": _TIMEOUTS},
        )
        try:
            response = await self._pools[upstream.part].handle_async_request(request)
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError) as error:
            logger.warning("%s does not answer: %s", upstream.part, type(error).__name__)
            return gone.is_set()
        try:
            start = {"status": response.status, "headers": homeward(response.headers, upstream, foreign)}
            await send({"type": "http.response.start", **start})
            async for chunk in response.aiter_stream():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            with contextlib.suppress(Exception):
                await response.aclose()
        return True


def _target(scope: Any) -> bytes:
    query = scope.get("query_string", b"")
    return scope["raw_path"] + (b"?" + query if query else b"")


async def _stream(receive: Any, gone: asyncio.Event, read: asyncio.Event) -> AsyncIterator[bytes]:
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                gone.set()
                raise OSError("the browser left before its body was complete")
            if message.get("body"):
                yield message["body"]
            if not message.get("more_body", False):
                return
    finally:
        read.set()


async def _until_gone(receive: Any, gone: asyncio.Event, read: asyncio.Event, at_once: bool) -> None:
    """Ends when the browser has left. Bodies are read by whoever sends them on; after them only that can come."""
    if not at_once:
        await read.wait()
    while not gone.is_set() and (await receive())["type"] != "http.disconnect":
        pass
    gone.set()
