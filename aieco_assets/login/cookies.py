"""The login's cookies and its own addresses.

A session's cookie is out of reach for scripts, does not come along from other sites but by a link, and over https is
bound to this very host (`__Host-`).
"""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.datastructures import Headers
    from starlette.responses import Response

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
SESSION, FORM, STATE = "aieco-session", "aieco-form", "aieco-state"


class Cookies:
    """`hosts`, `origins`: what a browser may call us by. Raises AiecoError for one that others could listen to."""

    def __init__(self, settings: Settings) -> None:
        self.url = own_url(settings)
        parts = urlsplit(self.url)
        self.secure = parts.scheme == "https"
        here = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        if parts.scheme not in ("http", "https") or not here or parts.path.rstrip("/") or parts.username:
            raise AiecoError("AIECO_LOGIN_URL is https://name or https://name:port, without a path.")
        if not self.secure and here not in _LOOPBACK:
            raise AiecoError("AIECO_LOGIN_URL must begin with https://: over http a password can be read on its way.")
        port = "" if parts.port in (None, 443 if self.secure else 80) else f":{parts.port}"
        names = (here,) if self.secure else _LOOPBACK
        self.hosts = frozenset(f"{name}{port}" for name in names)
        self.origins = frozenset(f"{parts.scheme}://{host}" for host in self.hosts)

    def session_of(self, cookies: Mapping[str, str]) -> str:
        return cookies.get(self._name(SESSION), "")

    def session_of_headers(self, headers: Headers) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self._name(SESSION))
        except Exception:  # what is no cookie is none
            return ""
        return found.value if found else ""

    def get(self, cookies: Mapping[str, str], name: str) -> str:
        return cookies.get(self._name(name), "")

    def put(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        response.set_cookie(
            self._name(name), value, max_age=seconds, path="/", secure=self.secure, httponly=True, samesite="lax"
        )

    def drop(self, response: Response, name: str) -> None:
        response.delete_cookie(self._name(name), path="/", secure=self.secure, httponly=True, samesite="lax")

    def _name(self, name: str) -> str:
        return f"__Host-{name}" if self.secure else name


def own_url(settings: Settings) -> str:
    """By which browsers reach the login, without a slash at its end."""
    return settings.login_url.rstrip("/") or f"http://127.0.0.1:{settings.login_port}"
