"""OpenAI's endpoints over one language model: texts as it writes them, grounded in nothing.

People ask the API service (bento/app.py), whose answers are verified; this one is what that asks.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from aieco_assets.core.llm.interface import Piece
from bento import errors, llm_metrics, metrics
from bento.backend import NotReady
from bento.llm_backend import LlmBackend
from bento.llm_schemas import TextRequest

logger = logging.getLogger("aieco.llm")


def create_llm_app(backend: LlmBackend) -> FastAPI:
    """The application over one model; it is loaded in the background, so that probes answer meanwhile."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        opening = asyncio.get_running_loop().run_in_executor(None, _open, backend)
        yield
        await opening
        backend.close()

    app = FastAPI(
        title="aieco language model",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        responses=errors.DOCUMENTED,
    )
    errors.handle(app)
    _add_texts(app, backend)
    _add_operations(app, backend)
    return app


def _open(backend: LlmBackend) -> None:
    try:
        backend.open()
    except NotReady as reason:
        logger.warning("not ready: %s", reason)


def _add_texts(app: FastAPI, backend: LlmBackend) -> None:
    @app.get("/v1/models", summary="The model, with the digest of its weights")
    async def models() -> dict[str, Any]:
        return {"object": "list", "data": [backend.card()]}

    @app.post("/v1/chat/completions", summary="OpenAI's chat shape, plain or streaming")
    async def chat_completions(asked: TextRequest, request: Request) -> Response:
        name = backend.llm.name
        if asked.model not in ("", name):
            raise HTTPException(404, f"There is no model {asked.model!r} here: there is {name}.")
        head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": name}
        if not asked.stream:
            text: list[str] = []
            last = await backend.write(request, asked.asked(), lambda piece: text.append(piece.text))
            return JSONResponse(_completion(head, "".join(text), last))
        pieces = backend.pieces(request, asked.asked())
        first = await anext(pieces)  # what can't be written is an error with its status, and no stream
        return StreamingResponse(_events(head, first, pieces, asked.tells_usage), media_type="text/event-stream")


def _add_operations(app: FastAPI, backend: LlmBackend) -> None:
    @app.get("/livez", summary="The process answers")
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    @app.get("/readyz", summary="Texts can be written")
    async def readyz() -> PlainTextResponse:
        if not backend.ready:
            await asyncio.get_running_loop().run_in_executor(None, backend.open)
        return PlainTextResponse("ready\n")

    @app.get("/metrics", summary="For Prometheus")
    async def exposition() -> Response:
        llm_metrics.READY.set(backend.ready)
        llm_metrics.IN_FLIGHT.set(backend.texts.in_flight)
        return Response(llm_metrics.exposition(), media_type=metrics.CONTENT_TYPE)


def _completion(head: dict[str, Any], text: str, last: Piece) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": last.finish}
    return {**head, "object": "chat.completion", "choices": [choice], "usage": _usage(last)}


async def _events(
    head: dict[str, Any], first: Piece, rest: AsyncIterator[Piece], tells_usage: bool
) -> AsyncIterator[str]:
    def event(delta: dict[str, str], finish: str | None = None, **more: Any) -> str:
        choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
        return f"data: {json.dumps({**head, 'object': 'chat.completion.chunk', 'choices': choices, **more})}\n\n"

    yield event({"role": "assistant", "content": first.text})
    last = first
    try:
        async for last in rest:
            if last.text:
                yield event({"content": last.text})
    except Exception:
        # The status is sent: what is left is to say so, and not to send the mark of an end.
        logger.exception("a text broke off")
        yield f"data: {json.dumps({'error': {'message': 'The text broke off.', 'type': 'server_error'}})}\n\n"
        return
    yield event({}, last.finish)
    if tells_usage:
        end = {**head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(last)}
        yield f"data: {json.dumps(end)}\n\n"
    yield "data: [DONE]\n\n"


def _usage(last: Piece) -> dict[str, Any]:
    return {
        "prompt_tokens": last.prompt_tokens,
        "completion_tokens": last.completion_tokens,
        "total_tokens": last.prompt_tokens + last.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": last.cached_tokens},
    }
