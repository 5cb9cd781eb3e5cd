"""Asking, searching, looking a citation up, rating an answer."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from bento import inputs, schemas
from bento.request_queues import TheQueues, reader_of

PageNumber = Annotated[int, Path(ge=1, le=100_000)]
Offset = Annotated[int, Query(ge=0, le=50_000_000)]
_NO_PAGE = "The live knowledge base holds no such page: the document may have changed."


def add(app: FastAPI) -> None:
    _add_asking(app)
    _add_documents(app)


def _add_asking(app: FastAPI) -> None:
    @app.post(
        "/answer",
        summary="Answer from the documents, with citations, or from the warehouse, with the metric",
        tags=["questions"],
    )
    async def post_answer(asked: inputs.AnswerRequest, request: Request, queues: TheQueues) -> schemas.AnswerResponse:
        return schemas.AnswerResponse.model_validate(await queues.answer(request, asked.query))

    @app.get("/answer", summary="The same, with the question in the address", tags=["questions"])
    async def get_answer(
        asked: Annotated[inputs.AnswerQuery, Query()], request: Request, queues: TheQueues
    ) -> schemas.AnswerResponse:
        return schemas.AnswerResponse.model_validate(await queues.answer(request, asked.query))

    @app.post("/search", summary="The passages nearest to a question", tags=["questions"])
    async def search(asked: inputs.SearchRequest, request: Request, queues: TheQueues) -> schemas.SearchResponse:
        hits = await queues.look_up(
            request, partial(queues.backend.search, asked.question, asked.k, asked.wanted, reader_of(request))
        )
        return schemas.SearchResponse(hits=[schemas.search_hit(hit) for hit in hits])

    @app.get("/examples", summary="Questions that have an answer here", tags=["questions"])
    async def examples(request: Request, queues: TheQueues) -> schemas.ExamplesResponse:
        found = await queues.look_up(request, partial(queues.backend.examples, reader_of(request)))
        return schemas.ExamplesResponse(questions=found)

    @app.post("/feedback", status_code=201, summary="Rate an answer", tags=["questions"])
    async def feedback(given: inputs.FeedbackRequest, queues: TheQueues) -> schemas.FeedbackResponse:
        await queues.rate(given.trace_id, given.rating, given.reason)
        return schemas.FeedbackResponse(stored=True)


def _add_documents(app: FastAPI) -> None:
    @app.get("/documents/{sha256}/pages/{page}", summary="The page that a citation names", tags=["questions"])
    async def page_of(
        sha256: inputs.Sha256, page: PageNumber, request: Request, queues: TheQueues
    ) -> schemas.PageResponse:
        found = await queues.look_up(request, partial(queues.backend.page, sha256, page, reader_of(request)))
        if found is None:
            raise HTTPException(404, _NO_PAGE)
        queues.backend.note_read(sha256, page, queues.who(request))
        return schemas.PageResponse.model_validate(found)

    @app.get(
        "/documents/{sha256}/pages/{page}/image",
        summary="A page of a PDF with the quote text[start:end] marked; 404 where it can only be shown as text",
        tags=["questions"],
        response_class=Response,
        responses={200: {"content": {"image/png": {}}}},
    )
    async def image_of(
        sha256: inputs.Sha256, page: PageNumber, start: Offset, end: Offset, request: Request, queues: TheQueues
    ) -> Response:
        reader = reader_of(request)
        found = await queues.look_up(request, partial(queues.backend.picture, sha256, page, start, end, reader))
        if found is None:
            raise HTTPException(404, "This page can't be drawn with the quote in it: read its text.")
        queues.backend.note_read(sha256, page, queues.who(request))
        # Of a reader the right may be taken away meanwhile.
        kept = "private, max-age=3600" if reader is None else "no-store"
        return Response(found, media_type="image/png", headers={"Cache-Control": kept})
