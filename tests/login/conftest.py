"""A real gate on a Unix socket before small parts on sockets of their own, which tell what reached them."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import uvicorn
from pydantic import SecretStr

from aieco_assets.core.governance.login.roles import Role
from aieco_assets.core.governance.login.users import Users, users_file
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect
from aieco_assets.login.__main__ import create_gate
from tests.waiting import until

PORT = 8099  # stands in the address; what is bound is a socket
ORIGIN = f"http://127.0.0.1:{PORT}"
SECRET = "s" * 40
PASSWORD = "a long enough password"
HTML = {"accept": "text/html,*/*"}
OURS = {"origin": ORIGIN}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Part:
    """Any part: answers with what it was asked. /predict/slow answers its first line and then waits."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.heard: list[str] = []  # messages of websockets
        self.left = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            return await self._join(scope, receive, send)
        if scope["type"] != "http":
            return
        if scope["path"].startswith("/predict/slow"):
            return await self._wait(receive, send)
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in scope["headers"]]
        target = scope["raw_path"].decode() + ("?" + scope["query_string"].decode() if scope["query_string"] else "")
        told = {"method": scope["method"], "target": target, "headers": headers, "body": body.decode("latin-1")}
        self.asked.append(told)
        answer = json.dumps(told).encode()
        given = [(b"content-type", b"application/json"), (b"set-cookie", b"part=1"), (b"server", b"part/1.0")]
        await send({"type": "http.response.start", "status": 200, "headers": given})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer})

    async def _wait(self, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"begun\n", "more_body": True})
        if (await receive())["type"] == "http.disconnect":
            self.left.set()

    async def _join(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        self.asked.append({"headers": [[name.decode(), value.decode()] for name, value in scope["headers"]]})
        await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
        while (message := await receive())["type"] == "websocket.receive":
            self.heard.append(message["text"])
            await send({"type": "websocket.send", "text": message["text"]})
        self.left.set()

    def headers(self) -> dict[str, str]:
        """Of the last request."""
        return dict(self.asked[-1]["headers"])


@contextmanager
def serving(app: Any, where: Path | int) -> Iterator[None]:
    """The application on a socket, or a port of loopback, in a thread until the block ends."""
    bound: dict[str, Any] = {"port": where} if isinstance(where, int) else {"uds": str(where)}
    config = uvicorn.Config(app, **bound, log_level="error", ws="websockets-sansio", server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    until(lambda: server.started or not thread.is_alive(), 20, "the server")
    yield
    server.should_exit = server.force_exit = True
    thread.join(20)


class Door:
    """The gate of a test: its settings, users, clock and part, and browsers that come to it."""

    def __init__(self, settings: Settings, socket: Path, part: Part, clock: Clock) -> None:
        self.settings, self.socket, self.part, self.clock = settings, socket, part, clock
        self.users = Users(users_file(settings))
        self._browsers: list[httpx.Client] = []

    def browser(self, host: str = ORIGIN) -> httpx.Client:
        """One that keeps its cookies and follows nothing by itself."""
        transport = httpx.HTTPTransport(uds=str(self.socket))
        browser = httpx.Client(transport=transport, base_url=host, timeout=20)
        self._browsers.append(browser)
        return browser

    def logged_in(self, role: Role = "viewer", groups: tuple[str, ...] = (), name: str = "anna") -> httpx.Client:
        """The browser of a new user."""
        self.users.add(name, PASSWORD, role, groups)
        browser = self.browser()
        assert log_in(browser, name).status_code == 303
        return browser

    def close(self) -> None:
        for browser in self._browsers:
            browser.close()


def token_of(page: httpx.Response) -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', page.text)
    assert found, page.text
    return found[1]


def log_in(browser: httpx.Client, name: str, password: str = PASSWORD, after: str = "") -> httpx.Response:
    """As a person does: the form, and then it is sent."""
    token = token_of(browser.get("/login", params={"next": after} if after else {}))
    fields = {"token": token, "name": name, "password": password, "next": after}
    return browser.post("/login", data=fields, headers=OURS)


def refusal(answer: httpx.Response) -> str:
    """The sentence by which a mutation was refused, in GraphQL's own words."""
    told = answer.json()
    assert (answer.status_code, told["data"], told["errors"][0]["extensions"]) == (200, None, {"code": "FORBIDDEN"})
    return told["errors"][0]["message"]


def cookie_header(browser: httpx.Client) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


@pytest.fixture(scope="session")
def warehouse(platform: Settings, templates: tuple[str, str]) -> Iterator[SecretStr]:
    """One for all these tests: they write into the audit log alone, and find there what their own people did."""
    with connect(platform.warehouse, autocommit=True) as connection:
        connection.execute(f'create database "login" template "{templates[0]}"'.encode())
    yield SecretStr(urlsplit(platform.warehouse)._replace(path="/login").geturl())
    with connect(platform.warehouse, autocommit=True) as connection:
        connection.execute(b'drop database "login" with (force)')


@pytest.fixture
def settings(warehouse: SecretStr, tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", postgres_url=warehouse, _env_file=None)  # type: ignore[call-arg]


def acts_of(settings: Settings, *people: str) -> list[tuple[str, str, str]]:
    """(actor, action, subject) of the audit log, first to last."""
    with connect(settings.warehouse) as connection:
        return connection.execute(
            "select actor, action, subject from governance.audit where actor = any(%s) order by sequence",
            (list(people),),
        ).fetchall()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short: the name of a socket has 107 bytes at most."""
    with TemporaryDirectory(prefix="aieco-login-") as name:
        yield Path(name)


@pytest.fixture
def opened(settings: Settings, folder: Path) -> Iterator[Callable[..., Door]]:
    """Opens the gate with other settings than a `door` has."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def open_door(**more: Any) -> Door:
            part, clock = Part(), Clock()
            stack.enter_context(serving(part, folder / "part.sock"))
            upstreams = ",".join(f"{one}=unix:{folder / 'part.sock'}" for one in ("dagster", "mlflow", "service"))
            told = {
                "login_upstreams": f"{upstreams},dashboard=unix:{folder / 'nobody.sock'}",
                "login_secret": SecretStr(SECRET),
                "login_port": PORT,
                **more,
            }
            changed = settings.model_copy(update=told)
            door = Door(changed, folder / "login.sock", part, clock)
            if not changed.login_oidc_issuer:
                door.users.add("somebody", PASSWORD, "viewer")
            stack.enter_context(serving(create_gate(changed, clock), door.socket))
            stack.callback(door.close)
            return door

        yield open_door


@pytest.fixture
def door(opened: Callable[..., Door]) -> Door:
    return opened()
