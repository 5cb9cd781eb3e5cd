"""A real web server over a folder, as `python -m http.server` starts it, that counts what it is asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class WebServer:
    """`asked`: "GET /name" of each request. `answer`: may answer a request itself and return True."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.answer: Callable[[Any], bool] = lambda request: False
        self.url = ""

    def got(self) -> list[str]:
        """Names of the files that were read since the last time."""
        found = [line.removeprefix("GET /") for line in self.asked if line.startswith("GET /") and line[-1] != "/"]
        self.asked.clear()
        return sorted(found)


@contextmanager
def serving(folder: Path) -> Iterator[WebServer]:
    """The folder at a port of its own on this machine."""
    site = WebServer(folder)

    class Handler(SimpleHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(f"GET {self.path}")
            if not site.answer(self):
                super().do_GET()

        def do_HEAD(self) -> None:
            site.asked.append(f"HEAD {self.path}")
            if not site.answer(self):
                super().do_HEAD()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield site
        server.shutdown()


def reply(request: Any, status: int, body: bytes = b"", **headers: str) -> bool:
    """Answer a request by hand."""
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("content-length", str(len(body)))
    request.end_headers()
    if request.command == "GET":
        request.wfile.write(body)
    return True
