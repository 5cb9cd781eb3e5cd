"""A collector of OpenLineage on a port of its own: it takes events, refuses, hangs, dawdles, or hangs up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANGS, DAWDLES, HANGS_UP, SENDS_ON = "hangs", "dawdles", "hangs up", "sends on"


@dataclass
class Collector:
    """`status`: what it answers. `does`: one of the above instead. `fails_at`: the event that it answers with 500, by
    number, counted from 1. `asked`: an event has come; `let_go` ends whatever holds it."""

    status: int = 201
    does: str = ""
    fails_at: int = 0
    url: str = ""
    asked: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    events: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def collector(status: int = 201, does: str = "") -> Iterator[Collector]:
    one = Collector(status, does)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            one.keys.append(self.headers.get("Authorization", ""))
            one.paths.append(self.path)
            one.asked.set()
            if one.does == HANGS:
                one.let_go.wait(120)
                self.close_connection = True
                return
            if one.does == HANGS_UP:
                self.wfile.write(b"HTTP/1.1 ")
                self.close_connection = True
                return
            if one.does == DAWDLES:
                self.dawdle()
                return
            status = 500 if len(one.events) + 1 == one.fails_at else 302 if one.does == SENDS_ON else one.status
            if status < 300:
                one.events.append(event)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if one.does == SENDS_ON:
                self.send_header("Location", f"{one.url}/elsewhere")
            self.end_headers()

        def dawdle(self) -> None:
            """A byte of a header at a time, for as long as somebody listens."""
            self.close_connection = True
            try:
                self.wfile.write(b"HTTP/1.1 201 Created\r\nX-Slow: ")
                while not one.let_go.wait(0.05):
                    self.wfile.write(b".")
            except OSError:
                pass

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    one.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield one
    finally:
        one.let_go.set()
        server.shutdown()
        server.server_close()
