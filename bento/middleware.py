"""What stands before every route: who may come in, how much may be sent, and the headers of each response."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import json
import logging
import time
from collections.abc import Sequence
from typing import Any

from aieco_assets.core.serving.identity import HEADER, read_identity
from aieco_assets.core.serving.keys import ASK, PREDICT, REVIEW, ApiKey, find_key
from bento import metrics
from bento.error_body import error_body
from bento.quota import Quota
from bento.request_limits import BODY_BYTES, BODY_SECONDS, OPENAI_BODY_BYTES

logger = logging.getLogger("aieco.service")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
# The page itself holds no data; probes must work without a key.
PUBLIC = frozenset({"/", "/review", "/livez", "/readyz", "/healthz", "/favicon.ico"})
PUBLIC_FOLDER = "/ui/"
PROBES = frozenset({"/livez", "/readyz", "/healthz"})
# What a key must be allowed to do; for all other paths any key will do.
SCOPED = {
    ASK: ("/answer", "/agent", "/search", "/feedback", "/examples", "/documents/", "/v1/"),
    PREDICT: ("/predict", "/customers/"),
    REVIEW: ("/review/",),
}
NO_KEY = "local"  # stands in the log where no keys are asked for
DRAIN_BYTES = 4 * 1024 * 1024  # read and thrown away, so that the client sees our answer and not a broken pipe


def scope_of(path: str) -> str | None:
    """What a key must be allowed to do to come by this path."""
    for scope, paths in SCOPED.items():
        if any(path == one or path.startswith(one.rstrip("/") + "/") for one in paths):
            return scope
    return None


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address (with or without port) is this machine."""
    name = (host or "").strip().lower()
    name = name[1:].split("]")[0] if name.startswith("[") else name
    name = name.rsplit(":", 1)[0] if name.count(":") == 1 else name
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Guard:
    """ASGI middleware. Without keys only this machine may call, and only by a loopback name (DNS rebinding).

    It writes the name of the key into the scope, as `aieco.key`, who reads by it, as `aieco.reader`, and whether it may
    do something, as `aieco.may`. `per_minute`: requests that each key may make. `only`: the paths that there are for
    callers, where the application has others, too; empty: all. `login`: the secret by which the login in front tells
    who asks; with it, pages are for those alone who come that way or have a key.
    """

    def __init__(
        self,
        app: Any,
        keys: Sequence[ApiKey] = (),
        per_minute: int = 0,
        only: frozenset[str] = frozenset(),
        login: str = "",
    ):
        self._app, self._only, self._login = app, only, login.encode()
        self._keys = tuple(keys)
        self._quota = Quota(per_minute)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began = time.monotonic()
        status, started = 500, False

        async def answer(message: Any) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                names = {name.lower() for name, _ in message.get("headers", ())}
                extra = [header for header in HEADERS if header[0] not in names]
                message = {**message, "headers": [*message.get("headers", ()), *extra]}
            await send(message)

        try:
            await self._admit(scope, receive, answer)
        except Exception:
            # Not raised further: BentoML's timeout middleware would let the client wait until its own deadline.
            logger.exception("%s %s failed", scope["method"], scope["path"])
            if not started:
                await _refuse(
                    answer, scope["path"], 500, "Something went wrong on our side: the log of the service says what."
                )
        finally:
            _count(scope, status, time.monotonic() - began)

    async def _admit(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal:
            status, sentence, *extra = refusal
            metrics.REJECTED.labels("quota" if status == 429 else "unauthorised").inc()
            return await _refuse(send, scope["path"], status, sentence, extra)
        below_v1 = scope["path"].startswith("/v1/")
        body = await _read(receive, headers, OPENAI_BODY_BYTES if below_v1 else BODY_BYTES)
        if isinstance(body, tuple):
            metrics.REJECTED.labels("body").inc()
            return await _refuse(send, scope["path"], *body)
        sent = False

        async def replay() -> Any:
            nonlocal sent
            if not sent:
                sent = True
                return {"type": "http.request", "body": body, "more_body": False}
            return await receive()

        await self._app(scope, replay, send)

    def _refusal(self, scope: Any, headers: dict[str, str]) -> tuple[Any, ...] | None:
        """(status, sentence, headers …) for who may not come in."""
        path = scope["path"]
        scope["aieco.key"] = NO_KEY
        scope["aieco.may"] = _nothing
        scope["aieco.reader"] = None  # without keys this machine alone asks, as the operator
        if self._only and path not in self._only:
            return 404, "There is nothing here."
        if path in PROBES or (not self._login and (path in PUBLIC or path.startswith(PUBLIC_FOLDER))):
            return None
        if self._keys or self._login:
            return self._refusal_of_key(scope, headers)
        client = scope.get("client")
        if client and is_loopback(client[0]) and is_loopback(headers.get("host")):
            scope["aieco.may"] = _anything
            return None
        return 403, "Without API keys the service answers this machine only: set AIECO_API_KEYS and restart it."

    def _refusal_of_key(self, scope: Any, headers: dict[str, str]) -> tuple[Any, ...] | None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        given = given.strip() if scheme.lower() == "bearer" else ""
        if self._login and hmac.compare_digest(given.encode("latin-1", "replace"), self._login):
            key = read_identity(headers.get(HEADER, ""))
        else:
            key = find_key(self._keys, given)
        if key is None:
            sentence = "A valid API key is needed: send `Authorization: Bearer <key>`."
            return 401, sentence, (b"www-authenticate", b"Bearer")
        scope["aieco.key"] = key.name
        scope["aieco.reader"] = key.reader
        scope["aieco.may"] = key.may
        needed = scope_of(scope["path"])
        if needed and not key.may(needed):
            return 403, f"This key may not {needed}: use one with the scope {needed}."
        if wait := self._quota.take(key.name):
            return 429, "This key has made its requests of the minute: wait.", (b"retry-after", str(wait).encode())
        return None


def _nothing(scope: str) -> bool:
    return False


def _anything(scope: str) -> bool:
    """Whoever works at this machine."""
    return True


async def _read(receive: Any, headers: dict[str, str], most: int) -> bytes | tuple[int, str]:
    """The whole body of at most `most` bytes, or the status and sentence that refuse it."""
    too_large = 413, f"The body may hold {most // 1024} KiB at most."
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > DRAIN_BYTES:
        return too_large
    body, size = bytearray(), 0
    deadline = time.monotonic() + BODY_SECONDS
    while True:
        try:
            message = await asyncio.wait_for(receive(), max(0.0, deadline - time.monotonic()))
        except asyncio.TimeoutError:
            return 408, f"The body did not arrive within {BODY_SECONDS:.0f} seconds."
        if message["type"] == "http.disconnect":
            return 400, "The client left before its body was complete."
        size += len(message.get("body", b""))
        if size <= most:
            body += message.get("body", b"")
        if size > DRAIN_BYTES:
            return too_large
        if not message.get("more_body", False):
            return bytes(body) if size <= most else too_large


async def _refuse(send: Any, path: str, status: int, sentence: str, extra: Sequence[tuple[bytes, bytes]] = ()) -> None:
    body = json.dumps(error_body(path, status, sentence)).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *extra]
    if status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _count(scope: Any, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", None) or "other"
    metrics.REQUESTS.labels(route, scope["method"] if route != "other" else "any", status).inc()
    metrics.REQUEST_SECONDS.labels(route).observe(seconds)
