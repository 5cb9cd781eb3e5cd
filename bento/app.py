"""The HTTP application: one backend behind its desk, and the routes to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.exceptions import HTTPException

from aieco_assets.core.errors import AiecoError
from bento import customers, mcp, metrics, openai_api, pages, problems, questions, review, schemas
from bento.backend import Backend, NotReady
from bento.desk import Desk, TheDesk, reader_of

logger = logging.getLogger("aieco.service")


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
    questions.add(app)
    customers.add(app)
    openai_api.add(app)
    review.add(app)
    mcp.add(app)
    _add_operations(app)
    pages.add(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    opening = asyncio.get_running_loop().run_in_executor(None, _open, desk.backend)
    async with mcp.running(app):
        yield
    await opening
    desk.shadow.close()
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


def _add_operations(app: FastAPI) -> None:
    @app.get("/version", summary="What is served, and what the registry calls champion", tags=["operations"])
    async def version(request: Request, desk: TheDesk) -> schemas.VersionResponse:
        return schemas.VersionResponse.model_validate(
            await desk.look_up(request, partial(desk.backend.version, reader_of(request)))
        )

    @app.get("/livez", summary="The process answers", tags=["operations"])
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    @app.get("/readyz", summary="Questions can be answered", tags=["operations"])
    async def readyz(desk: TheDesk) -> PlainTextResponse:
        if not desk.backend.ready:
            await asyncio.get_running_loop().run_in_executor(None, desk.backend.open)
        return PlainTextResponse("ready\n")

    @app.get("/metrics", summary="For Prometheus", tags=["operations"])
    async def exposition(request: Request, desk: TheDesk) -> Response:
        reader = reader_of(request)
        # What others ask and get, and how often something is published, is no business of a reader of some documents.
        if desk.backend.ready and reader and await desk.look_up(request, partial(desk.backend.limits, reader)):
            raise HTTPException(
                403, "This key reads some documents only: use one with the scope admin for the metrics."
            )
        desk.measure()
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
