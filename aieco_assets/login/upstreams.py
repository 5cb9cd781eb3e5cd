"""What stands behind the login: each part by the Unix socket or the address where it listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import urlsplit

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login.paths import Part

if TYPE_CHECKING:
    import httpcore


@dataclass(frozen=True)
class Upstream:
    """A part: `socket` is a path, or `host` and `port` are an address. What it is asked as is `authority`."""

    part: Part
    socket: str = ""
    host: str = "localhost"
    port: int = 80

    @property
    def authority(self) -> str:
        # By the name that the parts answer to: their own guards against DNS rebinding stay as they are.
        return "127.0.0.1" if self.socket else f"{self.host}:{self.port}"

    def pool(self) -> httpcore.AsyncConnectionPool:
        import httpcore

        # Retries are of connections that could not be made, never of requests.
        return httpcore.AsyncConnectionPool(
            max_connections=200, max_keepalive_connections=20, keepalive_expiry=4, retries=1, uds=self.socket or None
        )


def read_upstreams(text: str) -> dict[Part, Upstream]:
    """`dagster=unix:/path,service=http://host:3001`. Raises AiecoError for a part or an address that is none."""
    found: dict[Part, Upstream] = {}
    for entry in filter(None, map(str.strip, text.split(","))):
        name, _, address = entry.partition("=")
        # A path holds what would mean something in an address: `?`, `#`.
        socket = address.removeprefix("unix:") if address.startswith("unix:/") else ""
        parts = urlsplit("" if socket else address)
        if name not in get_args(Part) or not (socket or parts.hostname):
            raise AiecoError(
                f"AIECO_LOGIN_UPSTREAMS has {name[:40]!r}, which is not of the form dagster=http://host:port: the "
                "parts are dagster, mlflow, dashboard and service."
            )
        part = cast("Part", name)
        if socket:
            found[part] = Upstream(part, socket=socket)
        elif parts.scheme == "http":
            found[part] = Upstream(part, host=str(parts.hostname), port=parts.port or 80)
        else:
            raise AiecoError(f"AIECO_LOGIN_UPSTREAMS names {name} by {parts.scheme}://: it has to be http:// or unix:.")
    return found
