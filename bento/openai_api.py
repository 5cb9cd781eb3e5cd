"""OpenAI's endpoints, so that its clients work unchanged: models, embeddings, chat completions, responses."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterable, Iterable
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from aieco_assets.core.contracts import Answer
from bento import chat, embeddings, responses
from bento.openai_schemas import ChatRequest, EmbeddingsRequest, ResponsesRequest
from bento.request_limits import EMBEDDED_AT_ONCE
from bento.request_queues import RequestQueues, TheQueues
from bento.streaming import Telling

_BEGAN = int(time.time())
CHAT_MODEL = "aieco"
_EVENTS = "text/event-stream"
# Where clients ask whose base url is set wrong, or who are older than chat.
_NO_VERSION = ("/chat/completions", "/responses", "/embeddings", "/models", "/completions")
_NOT_HERE = {
    **dict.fromkeys(_NO_VERSION, "There is nothing here: set the base url of your client to end with /v1."),
    "/v1/v1/{rest:path}": "There is nothing here: the base url of your client ends with /v1 once, not twice.",
    "/v1/completions": "Completions of a prompt are not given here: ask /v1/chat/completions.",
}


def add(app: FastAPI) -> None:
    _add_models(app)
    _add_answers(app)
    _add_embeddings(app)
    for path, sentence in _NOT_HERE.items():
        app.add_api_route(path, partial(_not_here, sentence), methods=["GET", "POST"], include_in_schema=False)


def _add_models(app: FastAPI) -> None:
    @app.get("/v1/models", summary="The models of this service", tags=["openai"])
    async def models(request: Request, queues: TheQueues) -> JSONResponse:
        names = await queues.look_up(request, queues.backend.model_names)
        return JSONResponse({"object": "list", "data": [_model(name) for name in _ids(names)]})

    @app.get("/v1/models/{model:path}", summary="One of them", tags=["openai"])
    async def model(model: str, request: Request, queues: TheQueues) -> JSONResponse:
        names = await queues.look_up(request, queues.backend.model_names)
        if model not in _ids(names):
            raise HTTPException(404, f"There is no such model: there are {', '.join(_ids(names))}.")
        return JSONResponse(_model(model))


def _add_answers(app: FastAPI) -> None:
    @app.post("/v1/chat/completions", summary="OpenAI's chat shape, plain or streaming", tags=["openai"])
    async def chat_completions(asked: ChatRequest, request: Request, queues: TheQueues) -> Response:
        found = await _found(queues, request, chat.turns_of(asked), chat.comes_in_parts(asked))
        if isinstance(found, Telling):
            return _stream(found.events(chat.ChatEvents(asked, _name())))
        if asked.stream:
            return _stream(chat.events(asked, found))
        return JSONResponse(chat.completion(asked, found))

    @app.post("/v1/responses", summary="OpenAI's newer shape, plain or streaming", tags=["openai"])
    async def create_response(asked: ResponsesRequest, request: Request, queues: TheQueues) -> Response:
        found = await _found(queues, request, responses.turns_of(asked), responses.comes_in_parts(asked))
        if isinstance(found, Telling):
            return _stream(found.events(responses.ResponseEvents(asked, _name())))
        if asked.stream:
            return _stream(responses.events(asked, found))
        return JSONResponse(responses.response(asked, found))

    @app.get("/v1/responses/{response_id}", summary="None: responses are not stored", tags=["openai"])
    async def stored_response(response_id: str) -> Response:
        raise HTTPException(404, "Responses are not stored here: ask again with the earlier messages as input.")


def _add_embeddings(app: FastAPI) -> None:
    @app.post("/v1/embeddings", summary="Vectors by the embedder of the knowledge base", tags=["openai"])
    async def create_embeddings(asked: EmbeddingsRequest, request: Request, queues: TheQueues) -> JSONResponse:
        texts = embeddings.texts_of(asked)
        vectors: list[list[float]] = []
        # A big batch takes its turn again and again, so that others' look-ups come between.
        for first in range(0, len(texts), EMBEDDED_AT_ONCE):
            some = texts[first : first + EMBEDDED_AT_ONCE]
            vectors += await queues.look_up(request, partial(queues.backend.embed, some))
            embeddings.dimensions_of(asked, len(vectors[0]))
        return JSONResponse(embeddings.embedding_list(asked, texts, vectors))


async def _found(queues: RequestQueues, request: Request, turns: chat.Turns, in_parts: bool) -> Answer | Telling:
    """The answer; or what tells it, where a part of it stands before the whole is there and the client takes parts."""
    if turns.task:
        return await queues.say(request, turns.task)
    if not in_parts:
        return await queues.answer(request, turns.query)
    telling = Telling(partial(queues.answer, request, turns.query))
    answer = await telling.begun()
    return telling if answer is None else answer


def _stream(events: Iterable[str] | AsyncIterable[str]) -> StreamingResponse:
    return StreamingResponse(events, media_type=_EVENTS)


def _name() -> str:
    """Of a stream that begins before its answer has a trace."""
    return uuid.uuid4().hex


async def _not_here(sentence: str) -> Response:
    raise HTTPException(404, sentence)


def _ids(names: dict[str, str]) -> list[str]:
    """`aieco`, which answers from the documents, and the embedder."""
    return [CHAT_MODEL, names["embedder"].split("@")[0]]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _BEGAN, "owned_by": "aieco"}
