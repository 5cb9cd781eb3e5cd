"""`python -m aieco_assets.dashboard`: serves the dashboard until it is stopped; `aieco up` runs it."""

from __future__ import annotations

import sys
from functools import partial

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import get_settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.core.storage.access import READER, as_role
from aieco_assets.dashboard.app import create_app
from aieco_assets.dashboard.queries import reading

THREADS = 4


def main() -> None:
    """Binds AIECO_HOST:AIECO_DASHBOARD_PORT. There is no login, so only known names of this host are answered."""
    import uvicorn
    from a2wsgi import WSGIMiddleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.types import ASGIApp

    with open_platform(get_settings()) as settings:
        pages = create_app(partial(reading, as_role(settings, READER).warehouse)).server
        served: ASGIApp = WSGIMiddleware(pages, workers=THREADS)  # type: ignore[assignment]
        # A page of another site could otherwise point its own name here and read through a visitor's browser.
        app = TrustedHostMiddleware(served, allowed_hosts=["127.0.0.1", "localhost", settings.host])
        uvicorn.run(app, host=settings.host, port=settings.dashboard_port, log_level="warning")


if __name__ == "__main__":
    try:
        main()
    except AiecoError as error:
        sys.exit(f"aieco: {error}")
