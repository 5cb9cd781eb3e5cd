"""Every error as one sentence of JSON; a traceback goes to the log, never to a client."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from aieco_assets.core.errors import AiecoError, Unavailable, named
from bento import metrics
from bento.backend import NotReady
from bento.error_body import error_body
from bento.limits import Busy, Spent
from bento.schemas import Problem

logger = logging.getLogger("aieco.service")

DOCUMENTED: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request can't be served as it is."},
    401: {"model": Problem, "description": "An API key is needed."},
    403: {"model": Problem, "description": "This key may not do that."},
    413: {"model": Problem, "description": "The body is too large."},
    422: {"model": Problem, "description": "A field is missing, unknown or not valid."},
    429: {
        "model": Problem,
        "description": "The key has used what it may use: see Retry-After.",
    },
    503: {"model": Problem, "description": "Not ready, or too busy: see Retry-After."},
}


def handle(app: FastAPI) -> None:
    """Register a handler for everything that a route may raise."""
    import psycopg

    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(AiecoError, _user_error)
    app.add_exception_handler(Unavailable, _warehouse_away)
    app.add_exception_handler(NotReady, _not_ready)
    app.add_exception_handler(Busy, _busy)
    app.add_exception_handler(psycopg.OperationalError, _warehouse_away)
    app.add_exception_handler(Exception, _bug)


def problem(request: Request, status: int, sentence: str, retry_after: int | None = None) -> JSONResponse:
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return JSONResponse(error_body(request.url.path, status, sentence), status_code=status, headers=headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    metrics.REJECTED.labels("invalid").inc()
    # OpenAI answers 400 where others answer 422, and its clients tell the two apart.
    status = 400 if request.url.path.startswith("/v1/") else 422
    return problem(request, status, _sentence(error.errors()[0]))


def _sentence(error: dict[str, Any]) -> str:
    """`question: must not be empty.` What was sent is not repeated."""
    if error["type"] == "json_invalid":
        return "The body is not valid JSON."
    place = ".".join(str(part) for part in error["loc"][1:]) or str(error["loc"][0])
    if place == "body":
        return "The body must be a JSON object, sent as application/json."
    return f"{place[:100]}: {error['msg'].removeprefix('Value error, ')}."


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    sentence = error.detail if error.detail.endswith(".") else f"{error.detail}."
    body = error_body(request.url.path, error.status_code, sentence)
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


async def _user_error(request: Request, error: Exception) -> JSONResponse:
    return problem(request, 400, str(error))


async def _not_ready(request: Request, error: Exception) -> JSONResponse:
    metrics.REJECTED.labels("not_ready").inc()
    return problem(request, 503, str(error), retry_after=2)


async def _busy(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Busy)
    return problem(request, 429 if isinstance(error, Spent) else 503, str(error), error.retry_after)


async def _warehouse_away(request: Request, error: Exception) -> JSONResponse:
    logger.error("the warehouse does not answer: %s", type(error).__name__)
    return problem(request, 503, "The warehouse does not answer: try again in a moment.", retry_after=5)


async def _bug(request: Request, error: Exception) -> JSONResponse:
    """The guard logs it: Starlette raises the error again after this answer."""
    if isinstance(named(error), Unavailable):
        return problem(request, 503, "The knowledge base does not answer: try again in a moment.", retry_after=5)
    return problem(request, 500, "Something went wrong on our side: the log of the service says what.")
