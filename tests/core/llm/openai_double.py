"""A double of an OpenAI-compatible server, over real HTTP: no such server is installed here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar


class OpenAiDouble(BaseHTTPRequestHandler):
    """The part of the protocol that is used: the models, and a streamed chat completion."""

    bodies: ClassVar[list[dict]] = []

    def do_GET(self) -> None:
        self._send(json.dumps({"data": [{"id": "llama", "created": 5}]}).encode(), "application/json")

    def do_POST(self) -> None:
        self.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        events: list[dict[str, Any]] = [{"choices": [{"delta": {"content": text}}]} for text in ("At ", "nine.")]
        events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        events.append({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}})
        lines = [f"data: {json.dumps(event)}\n\n" for event in events]
        self._send("".join([*lines, "data: [DONE]\n\n"]).encode(), "text/event-stream")

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args) -> None:
        """Quiet."""


@contextmanager
def openai_server() -> Iterator[str]:
    """Its url; nothing listens there any more after the block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), OpenAiDouble) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()
        thread.join()
