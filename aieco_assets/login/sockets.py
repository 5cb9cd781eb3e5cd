"""Websockets for Dagster's pages: subscriptions, which read. Each message is judged as a request is."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login import graphql
from aieco_assets.login.upstreams import Upstream

_POLICY, _GONE = 1008, 1001  # close codes of RFC 6455
_LOOK_SECONDS = 5.0  # between two looks whether the session still lasts
_MOST_BYTES = 1_000_000
_TYPES = ("connection_init", "connection_terminate", "start", "stop", "subscribe", "complete", "ping", "pong")


async def join(scope: Any, receive: Any, send: Any, upstream: Upstream, lasts: Callable[[], bool]) -> None:
    """Joins browser and part until one of them ends it, or the session is over (`lasts`)."""
    from websockets.asyncio.client import connect, unix_connect
    from websockets.exceptions import WebSocketException
    from websockets.typing import Subprotocol

    await receive()  # websocket.connect
    target = scope["raw_path"].decode("latin-1")
    options: dict[str, Any] = {
        "subprotocols": [Subprotocol(one) for one in scope.get("subprotocols", ())] or None,
        "max_size": None,  # what a part sends, it may send
        "open_timeout": 5,
        "proxy": None,
    }
    uri = f"ws://{upstream.authority}{target}"
    try:
        joined = await (unix_connect(upstream.socket, uri, **options) if upstream.socket else connect(uri, **options))
    except (OSError, TimeoutError, WebSocketException):
        return await send({"type": "websocket.close", "code": _GONE})
    await send({"type": "websocket.accept", "subprotocol": joined.subprotocol})
    code = 1000
    tasks = [asyncio.create_task(one) for one in (_up(receive, joined), _down(joined, send), _watch(lasts))]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            with contextlib.suppress(WebSocketException, OSError):
                code = task.result()
    except AiecoError:
        code = _POLICY
    finally:
        for task in tasks:
            task.cancel()
        await joined.close()
        with contextlib.suppress(RuntimeError, OSError):
            await send({"type": "websocket.close", "code": code})


def allowed(text: str) -> str:
    """The message as it goes on, written anew. Raises AiecoError for what is none of the protocol, or no reading."""
    if len(text) > _MOST_BYTES:
        raise AiecoError("A message is too long.")
    told = graphql.read_json(text.encode("utf-8", "surrogatepass"))
    if not isinstance(told, dict) or told.get("type") not in _TYPES:
        raise AiecoError("A message is none of GraphQL over websockets.")
    if told["type"] in ("start", "subscribe"):
        graphql.wants(told.get("payload"), {}, reading_only=True)
    return json.dumps(told)


async def _up(receive: Any, joined: Any) -> int:
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return _GONE
        await joined.send(allowed(message.get("text") or ""))


async def _down(joined: Any, send: Any) -> int:
    async for message in joined:
        kind = "text" if isinstance(message, str) else "bytes"
        await send({"type": "websocket.send", kind: message})
    return _GONE


async def _watch(lasts: Callable[[], bool]) -> int:
    while lasts():
        await asyncio.sleep(_LOOK_SECONDS)
    return _POLICY
