"""A receiver of webhooks on a port of its own: it remembers what it took, refuses, or hangs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Webhook:
    """`status`: what it answers; `hangs`: it takes the request and says nothing until `let_go`."""

    status: int = 200
    hangs: bool = False
    taken: list[dict[str, Any]] = field(default_factory=list)
    asked: threading.Event = field(default_factory=threading.Event)
    let_go: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.taken]


@contextmanager
def webhook(status: int = 200, hangs: bool = False) -> Iterator[Webhook]:
    """With a secret in its path, as real ones have."""
    one = Webhook(status, hangs)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            one.asked.set()
            if one.hangs:
                one.let_go.wait(60)
                return
            if one.status == 200:
                one.taken.append(body)
            self.send_response(one.status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    one.url = f"json://127.0.0.1:{server.server_port}/hook/S3CRET-{server.server_port}"
    try:
        yield one
    finally:
        one.let_go.set()
        server.shutdown()
        server.server_close()
