"""What the login adds to a request: a small part asked directly and through it, on Unix sockets, in one run."""

from __future__ import annotations

import logging
import multiprocessing
import re
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from aieco_assets.core.governance.login.users import Users, users_file
from aieco_assets.core.settings import Settings
from aieco_assets.login.__main__ import create_gate
from benchmarks.record import Result

ROUNDS, EACH = 20, 50
PORT, PASSWORD = 8099, "a long enough password"  # the port stands in the address; what is bound is a socket
GRAPHQL = {"query": "query Q { runsOrError { __typename } }", "operationName": "Q"}


def login() -> list[Result]:
    """A page and a GraphQL query, by turns."""
    import httpx

    origin = f"http://127.0.0.1:{PORT}"
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        Users(users_file(_settings(folder))).add("anna", PASSWORD, "analyst")
        ways = {}
        for way in ("part", "login"):
            stack.enter_context(_served(way, folder))
            transport = httpx.HTTPTransport(uds=str(folder / way))
            ways[way] = stack.enter_context(httpx.Client(transport=transport, base_url=origin, timeout=30))
        _log_in(ways["login"], origin)
        taken: dict[tuple[str, str], list[float]] = {}
        for _ in range(ROUNDS):
            for way, client in ways.items():
                for what, ask in (
                    ("page", client.build_request("GET", "/version")),
                    ("graphql", client.build_request("POST", "/dagster/graphql", json=GRAPHQL)),
                ):
                    ask.headers["origin"] = origin
                    taken.setdefault((way, what), []).extend(_seconds(client, ask) for _ in range(EACH))
    median = {key: statistics.median(seconds) * 1_000 for key, seconds in taken.items()}
    return [
        Result("a small part asked directly, median", median["part", "page"], "ms"),
        Result("the login adds to a page, median", median["login", "page"] - median["part", "page"], "ms", 5),
        Result("the login adds to a query, median", median["login", "graphql"] - median["part", "graphql"], "ms", 5),
    ]


def _seconds(client: Any, request: Any) -> float:
    began = time.perf_counter()
    answer = client.send(request)
    taken = time.perf_counter() - began
    assert answer.status_code == 200, answer.text
    return taken


def _log_in(browser: Any, origin: str) -> None:
    token = re.findall(r'name="token" value="([0-9a-f]+)"', browser.get("/login").text)[0]
    fields = {"token": token, "name": "anna", "password": PASSWORD}
    assert browser.post("/login", data=fields, headers={"origin": origin}).status_code == 303


async def _part(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"x" * 2_000})


def _settings(folder: Path) -> Settings:
    return Settings(
        home=folder,
        postgres_url=SecretStr("postgresql://nobody@127.0.0.1:1/none"),  # the audit log waits for it, beside
        login_port=PORT,
        login_secret=SecretStr("s" * 40),
        login_upstreams=f"service=unix:{folder / 'part'},dagster=unix:{folder / 'part'}",
        _env_file=None,  # type: ignore[call-arg]
    )


def _serve(way: str, folder: Path) -> None:
    import uvicorn

    logging.disable(logging.WARNING)
    app: Any = _part if way == "part" else create_gate(_settings(folder))
    uvicorn.run(app, uds=str(folder / way), log_level="critical", lifespan="off")


@contextmanager
def _served(way: str, folder: Path) -> Iterator[None]:
    """In a process of its own, as each part is."""
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(way, folder), daemon=True)
    process.start()
    deadline = time.monotonic() + 60
    while not (folder / way).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    yield
    process.terminate()
    process.join(30)
