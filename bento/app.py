"""The HTTP application: routes that read a request, ask the backend and shape the response."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.exceptions import HTTPException

from aieco_assets.core.errors import AiecoError
from bento import chat, metrics, pages, problems, schemas
from bento.backend import Backend, NotReady
from bento.desk import Desk

logger = logging.getLogger("aieco.service")


def desk_of(request: Request) -> Desk:
    return request.app.state.desk


TheDesk = Annotated[Desk, Depends(desk_of)]


def create_app(backend: Backend) -> FastAPI:
    """The application over one backend; it opens the backend in the background, so that probes answer meanwhile."""
    app = FastAPI(
        title="aieco",
        summary="Answers with verified citations, customer predictions, OpenAI-compatible chat.",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        responses=problems.DOCUMENTED,
    )
    app.state.desk = Desk(backend)
    problems.handle(app)
    _add_questions(app)
    _add_records(app)
    _add_operations(app)
    pages.add(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    opening = asyncio.get_running_loop().run_in_executor(None, _open, desk.backend)
    yield
    await opening
    desk.answers.close()
    desk.lookups.close()
    desk.backend.close()


def _open(backend: Backend) -> None:
    try:
        backend.open()
        backend.version()  # the registry's client takes seconds to load: not in the first visitor's time
    except (NotReady, AiecoError) as reason:
        logger.warning("not ready: %s", reason)
    except Exception:
        logger.exception("the registry could not be read")


def _add_questions(app: FastAPI) -> None:
    @app.post(
        "/answer",
        summary="Answer from the documents, with citations, or from the warehouse, with the metric",
        tags=["questions"],
    )
    async def post_answer(asked: schemas.AnswerRequest, request: Request, desk: TheDesk) -> schemas.AnswerResponse:
        return schemas.AnswerResponse.model_validate(await desk.answer(request, asked.question, asked.k))

    @app.get("/answer", summary="The same, with the question in the address", tags=["questions"])
    async def get_answer(
        question: Annotated[schemas.Question, Query()], request: Request, desk: TheDesk
    ) -> schemas.AnswerResponse:
        return schemas.AnswerResponse.model_validate(await desk.answer(request, question, k=8))

    @app.post("/search", summary="The passages nearest to a question", tags=["questions"])
    async def search(asked: schemas.SearchRequest, request: Request, desk: TheDesk) -> schemas.SearchResponse:
        hits = await desk.look_up(request, partial(desk.backend.search, asked.question, asked.k))
        return schemas.SearchResponse(hits=[schemas.search_hit(hit) for hit in hits])

    @app.post("/v1/chat/completions", summary="OpenAI's chat shape, plain or streaming", tags=["questions"])
    async def chat_completions(asked: schemas.ChatRequest, request: Request, desk: TheDesk) -> Response:
        answer = await desk.answer(request, chat.question_of(asked), k=8)
        if asked.stream:
            return StreamingResponse(chat.events(asked, answer), media_type="text/event-stream")
        return JSONResponse(chat.completion(asked, answer))

    @app.get("/documents/{sha256}/pages/{page}", summary="The page that a citation names", tags=["questions"])
    async def page_of(
        sha256: schemas.Sha256, page: Annotated[int, Path(ge=1, le=100_000)], request: Request, desk: TheDesk
    ) -> schemas.PageResponse:
        found = await desk.look_up(request, partial(desk.backend.page, sha256, page))
        if found is None:
            raise HTTPException(404, "The live knowledge base holds no such page: the document may have changed.")
        return schemas.PageResponse.model_validate(found)


def _add_records(app: FastAPI) -> None:
    @app.post("/predict", summary="Expected purchases of customers", tags=["customers"])
    async def predict(asked: schemas.PredictRequest, request: Request, desk: TheDesk) -> schemas.PredictResponse:
        ids = list(dict.fromkeys(asked.customer_ids))
        rows = await desk.look_up(request, partial(desk.backend.predict, ids))
        known = {str(row["customer_id"]): row for row in rows}
        if not known:
            raise HTTPException(404, "None of these customers has a prediction.")
        metrics.PREDICTIONS.inc(len(known))
        return schemas.PredictResponse(
            predictions=[known[one] for one in ids if one in known], unknown=[one for one in ids if one not in known]
        )

    @app.post("/feedback", status_code=201, summary="Rate an answer", tags=["questions"])
    async def feedback(given: schemas.FeedbackRequest, request: Request, desk: TheDesk) -> schemas.FeedbackResponse:
        store = partial(desk.backend.store_feedback, given.trace_id, given.rating, given.reason)
        await desk.look_up(request, store)
        metrics.FEEDBACK.labels(given.rating).inc()
        return schemas.FeedbackResponse()


def _add_operations(app: FastAPI) -> None:
    @app.get("/version", summary="What is served, and what the registry calls champion", tags=["operations"])
    async def version(request: Request, desk: TheDesk) -> schemas.VersionResponse:
        return schemas.VersionResponse.model_validate(await desk.look_up(request, desk.backend.version))

    @app.get("/livez", summary="The process answers", tags=["operations"])
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    @app.get("/readyz", summary="Questions can be answered", tags=["operations"])
    async def readyz(desk: TheDesk) -> PlainTextResponse:
        if not desk.backend.ready:
            await asyncio.get_running_loop().run_in_executor(None, desk.backend.open)
        return PlainTextResponse("ready\n")

    @app.get("/metrics", summary="For Prometheus", tags=["operations"])
    async def exposition(desk: TheDesk) -> Response:
        desk.measure()
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
