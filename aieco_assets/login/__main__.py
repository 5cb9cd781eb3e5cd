"""`python -m aieco_assets.login`: the one door in front of everything, as `aieco up --login` runs it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.attempts import Attempts
from aieco_assets.core.governance.login.oidc import Provider
from aieco_assets.core.governance.login.recording import Recorder
from aieco_assets.core.governance.login.sessions import Sessions
from aieco_assets.core.governance.login.tokens import Tokens, tokens_file
from aieco_assets.core.governance.login.users import Users, users_file
from aieco_assets.core.settings import Settings, get_settings
from aieco_assets.core.stack.platform import open_platform
from aieco_assets.login.bearer import Bearers
from aieco_assets.login.cookies import Cookies
from aieco_assets.login.forward import Forwarder
from aieco_assets.login.gate import Gate
from aieco_assets.login.pages import Pages
from aieco_assets.login.upstreams import read_upstreams


def create_gate(settings: Settings, clock: Callable[[], float] = time.monotonic) -> Gate:
    """The application by the settings; `clock`: seconds, by which sessions and tries end.

    Raises AiecoError for settings by which nobody could log in safely.
    """
    cookies, users = Cookies(settings), Users(users_file(settings))
    upstreams = read_upstreams(settings.login_upstreams)
    if not settings.login_secret.get_secret_value() and "service" in upstreams:
        raise AiecoError("AIECO_LOGIN_SECRET is not set: the service has to have the same one.")
    provider = Provider(settings, f"{cookies.url}/login/callback") if settings.login_oidc_issuer else None
    if provider is None and not users.all():
        raise AiecoError(
            "Nobody could log in: `aieco user add NAME --role admin` first, or set AIECO_LOGIN_OIDC_ISSUER."
        )
    sessions = Sessions(users, settings.login_idle_minutes * 60, settings.login_hours * 3600, clock)
    recorder = Recorder(settings)
    pages = Pages(cookies, users, sessions, recorder, Attempts(clock), provider, settings.login_hours * 3600)
    tokens, secret = Tokens(tokens_file(settings), users), settings.login_secret.get_secret_value()
    bearers = Bearers(tokens, Attempts(clock), recorder, secret)
    return Gate(settings, Forwarder(upstreams), sessions, bearers, pages, recorder)


def main() -> None:
    """Binds AIECO_HOST:AIECO_LOGIN_PORT."""
    import uvicorn

    with open_platform(get_settings()) as settings:
        # Who asks is what the connection says, unless a proxy in front is named: tries are counted by it.
        trusted = os.environ.get("FORWARDED_ALLOW_IPS", "")
        uvicorn.run(
            create_gate(settings),
            host=settings.host,
            port=settings.login_port,
            log_level="warning",
            proxy_headers=bool(trusted),
            forwarded_allow_ips=trusted or None,
            server_header=False,
            ws="websockets-sansio",
        )


if __name__ == "__main__":
    try:
        main()
    except AiecoError as error:
        sys.exit(f"aieco: {error}")
