"""The one door: who is it, may they do this, and on to the part with their name; everything else is refused in a
sentence. An ASGI application over the parts behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.websockets import WebSocketClose

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login import graphql, paths
from aieco_assets.core.governance.login.recording import UNKNOWN, Recorder
from aieco_assets.core.governance.login.roles import Act, Person, roles_for, words_of
from aieco_assets.core.governance.login.sessions import Sessions
from aieco_assets.core.serving.identity import HEADER, identity_of
from aieco_assets.core.settings import Settings
from aieco_assets.login import promotions, sockets
from aieco_assets.login.bearer import TRACES, Bearers
from aieco_assets.login.cookies import Cookies
from aieco_assets.login.forward import Forwarder
from aieco_assets.login.pages import Pages
from aieco_assets.login.refusals import MutationRefused, Refused, response_of
from aieco_assets.login.upstreams import Upstream

_READING = ("GET", "HEAD")
_METHODS = (*_READING, "POST", "PUT", "PATCH", "DELETE")
_OTLP = b"/v1/traces"  # where MLflow takes spans, whatever its prefix
_MOST_JSON = 4 * 1024 * 1024  # bytes of a body that is read before it goes on


def has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _forbidden(sentence: str) -> Refused:
    return Refused(403, sentence)


def _told_of(person: Person) -> dict[str, str]:
    return {"role": person.role, **({"token": person.token} if person.token else {})}


class Gate:
    """`pages`: those of the login itself. One process holds all sessions."""

    def __init__(
        self,
        settings: Settings,
        forwarder: Forwarder,
        sessions: Sessions,
        bearers: Bearers,
        pages: Pages,
        recorder: Recorder,
    ) -> None:
        self._settings, self._forwarder, self._sessions = settings, forwarder, sessions
        self._bearers, self._pages, self._recorder = bearers, pages, recorder
        self._cookies: Cookies = pages.cookies
        self._secret = settings.login_secret.get_secret_value()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return await self._lifespan(receive, send)
        if scope["type"] == "websocket":
            return await self._websocket(scope, receive, send)
        try:
            response = await self._http(scope, receive, send)
        except Refused as refused:
            response = response_of(refused, scope, self._pages)
        except AiecoError as error:
            response = response_of(Refused(400, str(error)), scope, self._pages)
        except ClientDisconnect:
            return
        if response is not None:
            await response(scope, receive, send)

    async def _http(self, scope: Any, receive: Any, send: Any) -> Response | None:
        """The answer, or None where a part has given it."""
        request = Request(scope, receive)
        path, method = scope["path"], scope["method"]
        self._check_address(scope, request.headers)
        if paths.is_placeholder(path):
            raise Refused(404, "There is nothing here.")
        if method not in _METHODS:
            raise Refused(405, "There is no such method here.")
        if path == "/login" or path.startswith("/login/") or path in ("/logout", "/home"):
            return await self._pages.answer(request)
        person = self._bearers.person(scope, request.headers)
        if person is None:
            person = self._sessions.find(token := self._cookies.session_of(request.cookies))
            if not token and (machine := self._bearers.machine(scope, request.headers)):
                return await self._forward_machine(scope, receive, send, machine, request.headers)
            if person is None:
                raise Refused(401, "You are not logged in, or your session is over.")
            if method not in _READING:
                self._check_origin(request.headers)
        body = await self._judged(request, person)
        if paths.PROMOTIONS.fullmatch(path) and method in ("POST", "DELETE"):
            body = await self._body(request)
            told = graphql.read_json(body)
            if not isinstance(told, dict):
                # MLflow decodes a text once more, in which an alias could hide.
                raise Refused(400, "An alias is moved by a JSON object.")
            if promotions.is_ours(told):
                return await self._promoted(method, told, person)
            body = json.dumps(told).encode()
        part = paths.part_of(path)
        if part == "docs":
            return self._docs()
        extra = []
        if part == "service":
            extra = [
                (b"authorization", f"Bearer {self._secret}".encode()),
                (HEADER.encode(), identity_of(person).encode()),
            ]
        foreign = bool(paths.FOREIGN.fullmatch(path))
        target = _OTLP if path == TRACES else b""
        return await self._forward(scope, receive, send, part, extra, body=body, foreign=foreign, target=target)

    async def _judged(self, request: Request, person: Person) -> bytes | None:
        """The body as it was judged, where it had to be read; raises Refused for what the person may not do."""
        path, method = request.url.path, request.method
        if not paths.is_graphql(path):
            wanted = paths.demand(method, path)
            self._allow(person, wanted.act, wanted.name, wanted.writes)
            return None
        part = paths.part_of(path)
        self._allow(person, "inspect", f"{part} graphql", False)
        table = graphql.DAGSTER if part == "dagster" else graphql.MLFLOW
        if method in _READING:
            # A part may execute the body of a GET, and of two queries either one.
            if has_body(request.headers) or len(request.query_params.getlist("query")) > 1:
                raise Refused(400, "GraphQL is read here by one query in the address, and no body.")
            if "query" in request.query_params:
                graphql.wants(dict(request.query_params), {}, reading_only=True)
            return None
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        # Dagster's pages say the name of a query in the address, for logs; the server reads nothing there.
        if method != "POST" or kind != "application/json" or request.query_params.keys() - {"op"}:
            raise Refused(
                415, "GraphQL is asked here by POST with a body of application/json, and no query in the address."
            )
        told = graphql.read_json(await self._body(request))
        for name, act in graphql.wants(told, table).items():
            self._allow(person, act, f"{part} {name}", act != "inspect", MutationRefused)
        return json.dumps(told).encode()

    def _allow(
        self, person: Person, act: Act, name: str, writes: bool, refused: Callable[[str], Refused] = _forbidden
    ) -> None:
        if not person.may(act):
            self._recorder.note(person.name, "denied", name, {**_told_of(person), "takes": act})
            raise refused(f"Your role {person.role} may not {words_of(act)}: {name} takes the role {roles_for(act)}.")
        if writes:
            self._recorder.note(person.name, "acted", name, _told_of(person))

    async def _promoted(self, method: str, told: dict[str, Any], person: Person) -> Response:
        try:
            await run_in_threadpool(promotions.move_alias, self._settings, method, told, person)
        except AiecoError as error:
            return JSONResponse({"error_code": "INVALID_PARAMETER_VALUE", "message": str(error)}, 400)
        return JSONResponse({})

    async def _forward_machine(self, scope: Any, receive: Any, send: Any, part: str, headers: Headers) -> None:
        if part == "mlflow":
            return await self._forward(scope, receive, send, part, [], target=_OTLP)
        return await self._forward(
            scope, receive, send, part, [(b"authorization", headers["authorization"].encode("latin-1"))]
        )

    async def _forward(
        self, scope: Any, receive: Any, send: Any, part: Any, extra: list[tuple[bytes, bytes]], **how: Any
    ) -> None:
        upstream = self._forwarder.upstreams.get(part)
        if upstream is None:
            raise Refused(404, f"There is no {part} behind this login.")
        if not await self._forwarder.send(scope, receive, send, upstream, extra, **how):
            raise Refused(502, f"The {part} does not answer: try again in a moment.")

    async def _body(self, request: Request) -> bytes:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_JSON:
                raise Refused(413, f"The body may hold {_MOST_JSON // 1024} KiB at most.")
        return bytes(body)

    def _check_address(self, scope: Any, headers: Headers) -> None:
        """Only by our own name: another one could be pointed here (DNS rebinding)."""
        if headers.get("host", "").lower() not in self._cookies.hosts:
            raise Refused(421, "This address is not that of AIECO_LOGIN_URL.")
        if paths.has_two_readings(scope["path"]):
            raise Refused(400, "This path could be read in two ways.")

    def _check_origin(self, headers: Headers) -> None:
        """What changes something comes from our own pages (cross-site request forgery)."""
        origin = headers.get("origin")
        if origin not in self._cookies.origins and not (
            origin is None and headers.get("sec-fetch-site") == "same-origin"
        ):
            raise Refused(403, "This request was not made by a page of this platform.")

    def _docs(self) -> Response:
        if not self._settings.dbt_docs.exists():
            raise Refused(404, "There are no dbt docs yet: they come with the first run.")
        return FileResponse(
            self._settings.dbt_docs, media_type="text/html", headers={"x-content-type-options": "nosniff"}
        )

    async def _websocket(self, scope: Any, receive: Any, send: Any) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        token = self._cookies.session_of_headers(headers)
        upstream: Upstream | None = self._forwarder.upstreams.get("dagster")
        # A browser always says its origin here, and other sites may open a socket with our cookies.
        ours = headers.get("host", "").lower() in self._cookies.hosts and headers.get("origin") in self._cookies.origins
        person = self._sessions.find(token) if ours else None
        if person is None or upstream is None or path != "/dagster/graphql" or not person.may("inspect"):
            self._recorder.note(person.name if person else UNKNOWN, "denied", "websocket")
            await receive()
            return await WebSocketClose(1008)(scope, receive, send)

        def lasts() -> bool:
            now = self._sessions.find(token, asks=False)
            return now is not None and now.may("inspect")

        await sockets.join(scope, receive, send, upstream, lasts)

    async def _lifespan(self, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await self._forwarder.close()
                await run_in_threadpool(self._recorder.close)
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
