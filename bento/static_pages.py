"""The chat page and the review page: a few small files, served from memory."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import Match

UI = Path(__file__).parent / "ui"
MEDIA_TYPES = {
    "index.html": "text/html",
    "review.html": "text/html",
    "app.css": "text/css",
    "app.js": "text/javascript",
    "history.js": "text/javascript",
    "client.js": "text/javascript",
    "review.js": "text/javascript",
    "review.css": "text/css",
    "icon.svg": "image/svg+xml",
}


def add(app: FastAPI) -> None:
    """The pages at / and /review, their files under /ui/, and our own answer to every other path."""

    @app.get("/", include_in_schema=False)
    async def index(request: Request) -> Response:
        return _file(request, "index.html")

    @app.get("/review", include_in_schema=False)
    async def reviewing(request: Request) -> Response:
        return _file(request, "review.html")

    @app.get("/ui/{name}", include_in_schema=False)
    async def file(request: Request, name: str) -> Response:
        if name not in MEDIA_TYPES:
            raise HTTPException(404, "There is no such file.")
        return _file(request, name)

    # BentoML would answer the rest with pages of its own, which load scripts that our policy forbids.
    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False)
    async def elsewhere(request: Request) -> Response:
        methods: set[str] = set()
        for route in request.app.routes:
            if route.matches(request.scope)[0] is Match.PARTIAL:
                methods |= set(getattr(route, "methods", None) or ())
        if methods:
            allowed = ", ".join(sorted(methods))
            raise HTTPException(405, f"Here the method must be one of {allowed}.", headers={"Allow": allowed})
        raise HTTPException(404, "There is nothing here: see /openapi.json for what there is.")


def _file(request: Request, name: str) -> Response:
    body = (UI / name).read_bytes()
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=MEDIA_TYPES[name], headers=headers)
