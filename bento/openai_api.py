"""OpenAI's endpoints, so that its clients work unchanged: models, embeddings, chat completions."""

from __future__ import annotations

import base64
import time
from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from aieco_assets.core.contracts import Query
from aieco_assets.core.errors import AiecoError
from bento import chat, inputs, limits
from bento.desk import TheDesk
from bento.openai_schemas import ChatRequest, EmbeddingsRequest

_BEGAN = int(time.time())
CHAT_MODEL = "aieco"


def add(app: FastAPI) -> None:
    @app.get("/v1/models", summary="The models of this service", tags=["openai"])
    async def models(request: Request, desk: TheDesk) -> JSONResponse:
        names = await desk.look_up(request, desk.backend.model_names)
        return JSONResponse({"object": "list", "data": [_model(name) for name in _ids(names)]})

    @app.get("/v1/models/{model:path}", summary="One of them", tags=["openai"])
    async def model(model: str, request: Request, desk: TheDesk) -> JSONResponse:
        names = await desk.look_up(request, desk.backend.model_names)
        if model not in _ids(names):
            raise HTTPException(404, f"There is no such model: there are {', '.join(_ids(names))}.")
        return JSONResponse(_model(model))

    @app.post("/v1/chat/completions", summary="OpenAI's chat shape, plain or streaming", tags=["openai"])
    async def chat_completions(asked: ChatRequest, request: Request, desk: TheDesk) -> Response:
        answer = await desk.answer(request, Query(chat.question_of(asked), history=tuple(chat.history_of(asked))))
        if asked.stream:
            return StreamingResponse(chat.events(asked, answer), media_type="text/event-stream")
        return JSONResponse(chat.completion(asked, answer))

    @app.post("/v1/embeddings", summary="Vectors by the embedder of the knowledge base", tags=["openai"])
    async def embeddings(asked: EmbeddingsRequest, request: Request, desk: TheDesk) -> JSONResponse:
        texts = _texts(asked)
        vectors = await desk.look_up(request, partial(desk.backend.embed, texts))
        if asked.dimensions not in (None, len(vectors[0])):
            raise AiecoError(f"dimensions: this embedder's vectors have {len(vectors[0])}, and can't be shortened.")
        # Counted in words: the encoder keeps its tokens to itself.
        words = sum(len(text.split()) for text in texts)
        data = [
            {"object": "embedding", "index": place, "embedding": _encoded(vector, asked.encoding_format)}
            for place, vector in enumerate(vectors)
        ]
        usage = {"prompt_tokens": words, "total_tokens": words}
        return JSONResponse({"object": "list", "data": data, "model": asked.model, "usage": usage})


def _texts(asked: EmbeddingsRequest) -> list[str]:
    """The texts to embed. Raises AiecoError when there is none, too many or too long ones, or one that is not text."""
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    if not 0 < len(texts) <= limits.EMBEDDED_TEXTS:
        raise AiecoError(f"input: takes 1 to {limits.EMBEDDED_TEXTS} texts at a time.")
    try:
        texts = [inputs.clean_text(text) for text in texts]
    except ValueError as error:
        raise AiecoError(f"input: each text {error}.") from None
    if max(map(len, texts)) > limits.EMBEDDED_CHARACTERS:
        raise AiecoError(f"input: a text may have {limits.EMBEDDED_CHARACTERS} characters at most.")
    return texts


def _encoded(vector: list[float], form: str) -> list[float] | str:
    """Numbers, or little-endian float32 in base64: what OpenAI's own client asks for."""
    if form == "float":
        return vector
    import numpy as np

    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode()


def _ids(names: dict[str, str]) -> list[str]:
    """`aieco`, which answers from the documents, and the embedder."""
    return [CHAT_MODEL, names["embedder"].split("@")[0]]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _BEGAN, "owned_by": "aieco"}
