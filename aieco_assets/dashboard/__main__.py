"""`python -m aieco_assets.dashboard`: serves the dashboard until it is stopped; `aieco up` runs it."""

from __future__ import annotations

import os
import sys
from functools import partial
from socket import gethostbyname, gethostname
from typing import TYPE_CHECKING, Any

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.monitoring.graph_metrics import metrics_file
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.stack.docs_site import PATH, is_built, site
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.access import READER, as_role
from aieco_assets.dashboard.app import create_app
from aieco_assets.dashboard.queries import reading

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

THREADS = 4
SOCKET, PREFIX = "_AIECO_DASHBOARD_SOCKET", "_AIECO_DASHBOARD_PREFIX"
NAME = "_AIECO_DASHBOARD_NAME"  # by which the login asks, in a cluster


def main() -> None:
    """Binds AIECO_HOST:AIECO_DASHBOARD_PORT. There is no login, so only known names of this host are answered."""
    import uvicorn
    from a2wsgi import WSGIMiddleware

    with open_platform(get_settings()) as settings:
        socket, prefix = os.environ.get(SOCKET, ""), os.environ.get(PREFIX, "/")
        pages = create_app(partial(reading, as_role(settings, READER).warehouse), prefix).server
        app = served(settings, WSGIMiddleware(pages, workers=THREADS))  # type: ignore[arg-type]
        # Behind the login (`aieco up --login`) on a socket that nobody else can open, below the login's own address.
        where = uvicorn.Config(app, settings.host, settings.dashboard_port, uds=socket or None, log_level="warning")
        uvicorn.Server(where).run()


def served(settings: Settings, pages: Any) -> ASGIApp:
    """The pages, /metrics (what Prometheus sees of the graph, as the daemon wrote it last), and the docs site."""
    from starlette.applications import Starlette
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    from aieco_assets.dashboard.docs_pages import DocsPages

    def metrics(request: Request) -> Response:
        try:
            return PlainTextResponse(metrics_file(settings).read_bytes(), media_type="text/plain; version=0.0.4")
        except FileNotFoundError:
            return PlainTextResponse("The daemon has not looked at the graph yet: wait a minute.\n", 503)

    prefix = os.environ.get(PREFIX, "/")
    docs = [Mount(f"{prefix}{PATH}", DocsPages(site(), f"{prefix}{PATH}"))] if is_built() else []
    # Prometheus asks the part itself, wherever its pages are.
    looked_at = [Route(path, metrics) for path in sorted({"/metrics", f"{prefix}metrics"})]
    app = Starlette(routes=[*looked_at, *docs, Mount("/", pages)])
    # A page of another site could otherwise point its own name here and read through a visitor's browser: a name, never
    # an address, which is what Prometheus asks a container by.
    ours = gethostbyname(gethostname()) if settings.host == "0.0.0.0" else settings.host  # noqa: S104
    return TrustedHostMiddleware(app, allowed_hosts=["127.0.0.1", "localhost", ours, os.environ.get(NAME) or ours])


if __name__ == "__main__":
    try:
        main()
    except AiecoError as error:
        sys.exit(f"aieco: {error}")
