"""The HTTP application: one backend behind its queues, and the routes to it."""

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
from bento import agent, customers, errors, mcp, metrics, openai_api, questions, review, schemas, static_pages
from bento.backend import Backend, NotReady
from bento.request_queues import RequestQueues, TheQueues, reader_of

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
        responses=errors.DOCUMENTED,
    )
    app.state.queues = RequestQueues(backend)
    errors.handle(app)
    questions.add(app)
    customers.add(app)
    openai_api.add(app)
    review.add(app)
    mcp.add(app)
    agent.add(app)
    _add_operations(app)
    static_pages.add(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    queues: RequestQueues = app.state.queues
    opening = asyncio.get_running_loop().run_in_executor(None, _open, queues.backend)
    async with mcp.running(app):
        yield
    await opening
    queues.shadow.close()
    queues.answers.close()
    queues.lookups.close()
    queues.backend.close()


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
    async def version(request: Request, queues: TheQueues) -> schemas.VersionResponse:
        return schemas.VersionResponse.model_validate(
            await queues.look_up(request, partial(queues.backend.version, reader_of(request)))
        )

    @app.get("/livez", summary="The process answers", tags=["operations"])
    async def livez() -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    @app.get("/readyz", summary="Questions can be answered", tags=["operations"])
    async def readyz(queues: TheQueues) -> PlainTextResponse:
        if not queues.backend.ready:
            await asyncio.get_running_loop().run_in_executor(None, queues.backend.open)
        return PlainTextResponse("ready\n")

    @app.get("/metrics", summary="For Prometheus", tags=["operations"])
    async def exposition(request: Request, queues: TheQueues) -> Response:
        reader = reader_of(request)
        # What others ask and get, and how often something is published, is no business of a reader of some documents.
        if queues.backend.ready and reader and await queues.look_up(request, partial(queues.backend.limits, reader)):
            raise HTTPException(
                403, "This key reads some documents only: use one with the scope admin for the metrics."
            )
        queues.measure()
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
