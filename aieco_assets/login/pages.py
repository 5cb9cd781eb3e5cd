"""The login's own pages: the form, the way to a provider and back, the start page, the way out."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.governance.login import passwords
from aieco_assets.core.governance.login.attempts import Attempts
from aieco_assets.core.governance.login.oidc import Provider
from aieco_assets.core.governance.login.recording import UNKNOWN, Recorder
from aieco_assets.core.governance.login.roles import ROLES, Person
from aieco_assets.core.governance.login.sessions import Sessions
from aieco_assets.core.governance.login.users import Users
from aieco_assets.core.stack import docs_site
from aieco_assets.login.cookies import FORM, SESSION, STATE, Cookies

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

UI = Path(__file__).parent / "ui"
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}
_MOST_FORM = 8_192
_HASHES_AT_ONCE = 2  # argon2 takes 64 MiB each
_WRONG = "This name and this password are not known together."
DOCS = f"/dashboard/{docs_site.PATH}"
# (path, name, what for, act that opens it)
PLACES = (
    ("/", "Ask", "Questions, answered with the sentence they rest on", "ask"),
    ("/dashboard/", "Dashboard", "Sales, countries, items, cohorts and signals", "look"),
    ("/dbt-docs", "dbt docs", "Every model and column of the warehouse", "look"),
    (DOCS, "Docs", "Tutorial, how-to guides, reference, decisions", "look"),
    ("/review", "Review", "Answers that become golden questions", "review"),
    ("/dagster/", "Dagster", "The graph, its runs and schedules", "inspect"),
    ("/mlflow/", "MLflow", "Experiments, models and what is in production", "inspect"),
)


class Pages:
    def __init__(
        self,
        cookies: Cookies,
        users: Users,
        sessions: Sessions,
        recorder: Recorder,
        attempts: Attempts,
        provider: Provider | None = None,
        longest: float = 43_200,
    ) -> None:
        self.cookies = cookies
        self._users, self._sessions, self._recorder = users, sessions, recorder
        self._attempts, self._provider, self._longest = attempts, provider, int(longest)
        self._form_key = secrets.token_bytes(32)
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)

    async def answer(self, request: Request) -> Response:
        """Of one of the login's own paths."""
        ways = {
            ("GET", "/login"): self._show,
            ("POST", "/login"): self._try,
            ("POST", "/logout"): self._leave,
            ("GET", "/home"): self._home,
            ("GET", "/login/oidc"): self._depart,
            ("GET", "/login/callback"): self._return,
        }
        path = request.url.path
        if path in ("/login/login.css", "/login/icon.svg") and request.method in ("GET", "HEAD"):
            kind = "text/css" if path.endswith("css") else "image/svg+xml"
            return Response(_file(path.rpartition("/")[2]), media_type=kind, headers={"cache-control": "max-age=3600"})
        way = ways.get((request.method, path))
        return await way(request) if way else self.problem(404, "There is nothing here.")

    def problem(self, status: int, sentence: str) -> Response:
        return _page("problem.html", status, sentence=sentence)

    async def _show(
        self, request: Request, problem: str = "", status: int = 200, fields: Mapping[str, str] | None = None
    ) -> Response:
        """The form, also again with what was filled in (`fields`)."""
        cookie = self.cookies.get(request.cookies, FORM) or secrets.token_urlsafe(32)
        given = request.query_params if fields is None else fields
        after, name = _inside(given.get("next", "")), given.get("name", "")[:64] if fields else ""
        token, provider = self._form_token(cookie), self._provider is not None
        page = _page("login.html", status, token=token, next=after, problem=problem, name=name, provider=provider)
        self.cookies.put(page, FORM, cookie, 3600)
        return page

    async def _try(self, request: Request) -> Response:
        fields = await _form(request)
        cookie, token = self.cookies.get(request.cookies, FORM), fields.get("token", "")
        ours = request.headers.get("origin") in self.cookies.origins
        if not ours or not cookie or not hmac.compare_digest(self._form_token(cookie).encode(), token.encode()):
            return await self._show(request, "The form was too old or not ours: try again.", 403, fields)
        name, password = fields.get("name", "").strip(), fields.get("password", "")
        address = request.client.host if request.client else ""
        if wait := self._attempts.wait(name, address):
            page = await self._show(request, f"Too many tries: wait {wait} seconds.", 429, fields)
            page.headers["retry-after"] = str(wait)
            return page
        # Counted before it is tried: many tries at once must not all be the first.
        self._attempts.failed(name, address)
        try:
            user = self._users.find(name)
        except AiecoError as error:
            return await self._show(request, str(error), 503, fields)
        async with self._hashing:
            right = await run_in_threadpool(passwords.matches, user.password if user else None, password)
        if not right or user is None:
            self._recorder.note(user.name if user else UNKNOWN, "login_failed", "login", {"address": address})
            return await self._show(request, _WRONG, 401, fields)
        self._attempts.succeeded(name, address)
        return self._enter(request, user.person, _inside(fields.get("next", "")), user.stamp)

    def _enter(self, request: Request, person: Person, after: str, stamp: str = "") -> Response:
        self._sessions.end(self.cookies.session_of(request.cookies))
        detail = {"role": person.role, "source": person.source, "groups": sorted(person.groups)}
        self._recorder.note(person.name, "logged_in", "login", detail)
        page = RedirectResponse(after, 303, _HEADERS)
        self.cookies.put(page, SESSION, self._sessions.begin(person, stamp), self._longest)
        self.cookies.drop(page, FORM)
        return page

    async def _leave(self, request: Request) -> Response:
        if request.headers.get("origin") not in self.cookies.origins:
            return self.problem(403, "This request was not made by a page of this platform.")
        token = self.cookies.session_of(request.cookies)
        if person := self._sessions.find(token):
            self._recorder.note(person.name, "logged_out", "login")
        self._sessions.end(token)
        # What the pages keep in the browser goes, too: conversations of the chat, a key.
        page = RedirectResponse("/login", 303, {**_HEADERS, "clear-site-data": '"cache", "storage"'})
        self.cookies.drop(page, SESSION)
        return page

    async def _home(self, request: Request) -> Response:
        person = self._sessions.find(self.cookies.session_of(request.cookies))
        if person is None:
            return RedirectResponse("/login?next=%2Fhome", 303, _HEADERS)
        there = [place for place in PLACES if place[0] != DOCS or docs_site.is_built()]
        places = [place for place in there if person.may(place[3])]  # type: ignore[arg-type]
        return _page("home.html", 200, person=person, places=places, roles=ROLES)

    async def _depart(self, request: Request) -> Response:
        if self._provider is None:
            return self.problem(404, "There is no login server here: AIECO_LOGIN_OIDC_ISSUER names one.")
        try:
            url, state = await self._provider.begin(_inside(request.query_params.get("next", "")))
        except AiecoError as error:
            return await self._show(request, str(error), 502)
        page = RedirectResponse(url, 303, _HEADERS)
        self.cookies.put(page, STATE, state, 600)
        return page

    async def _return(self, request: Request) -> Response:
        if self._provider is None:
            return self.problem(404, "There is no login server here: AIECO_LOGIN_OIDC_ISSUER names one.")
        try:
            query, state = dict(request.query_params), self.cookies.get(request.cookies, STATE)
            person, after = await self._provider.finish(query, state)
            if self._users.find(person.name):
                raise AiecoError(f"{person.name} is a local user here: log in by the password.")
        except AiecoError as error:
            address = request.client.host if request.client else ""
            self._recorder.note(UNKNOWN, "login_failed", "login", {"address": address, "why": str(error)})
            return await self._show(request, str(error), 401)
        page = self._enter(request, person, after)
        self.cookies.drop(page, STATE)
        return page

    def _form_token(self, cookie: str) -> str:
        return hmac.new(self._form_key, cookie.encode("utf-8", "surrogatepass"), sha256).hexdigest()


def _inside(after: str) -> str:
    """A path of ours, whatever was asked for: an open redirect helps whoever fishes for passwords."""
    plain = after.startswith("/") and not after.startswith(("//", "/login", "/logout"))
    return after if plain and "\\" not in after and after.isprintable() and len(after) < 2_000 else "/home"


async def _form(request: Request) -> dict[str, str]:
    from urllib.parse import parse_qsl

    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_FORM:
            return {}
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        return {}


def _page(template: str, status: int, **values: Any) -> Response:
    text = _templates().get_template(template).render(**values)
    return Response(text, status, _HEADERS, "text/html")


@lru_cache(maxsize=8)
def _file(name: str) -> bytes:
    return (UI / name).read_bytes()


@lru_cache(maxsize=1)
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(UI), autoescape=True)
