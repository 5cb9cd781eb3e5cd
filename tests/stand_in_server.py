"""A stand-in for a capable model behind an OpenAI-compatible server, for tests and benchmarks.

It looks the question up in what it was given (`read_answers`: data/llm/dev.jsonl, whose answers were written as a
capable model gives them, good or careless) and says that answer over real HTTP, streamed or not. It thinks nothing:
no figure measured against it says how well a model answers.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NAME = "stand-in"
LITERAL = {"When does it open?": "At nine."}
NOTHING = "The text does not say."
# What may happen to a question instead of an answer.
HANG, HALF, BUSY, BROKEN, NO_JSON, OTHER = "hang", "half", "busy", "broken", "no json", "another model"


def read_answers(folder: Path, careless: bool = False, marks: bool = True) -> dict[str, str]:
    """Answer by question of data/llm/dev.jsonl: the good ones, or those with flaws. `marks`: `[1]` after a sentence
    that rests on passage 1."""
    answers = {}
    for line in (folder / "llm" / "dev.jsonl").read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        said = one["flawed" if careless else "answer"]
        cites = ["".join(f"[{place}]" for place in part["cites"]) if marks else "" for part in said]
        answers[one["question"]] = " ".join(
            f"{part['text'].strip()} {cite}".strip() for part, cite in zip(said, cites, strict=True)
        )
    return answers


Calls = list[tuple[str, Any]]
Scripted = str | Calls | Callable[[dict[str, Any]], str | Calls]


@dataclass
class StandIn:
    """What it says and how, to be changed while it runs, and what it saw.

    `seconds`: before the first word of an answer. `slots`: questions that it takes at once, the next one gets 429;
    0: any number. `mishaps`: what becomes of the next questions, one each. `always`: what becomes of all of them.
    `together`: questions that have to be there at once before any of them is answered.
    `turns`: what it says to the next questions that bring tools: a text, calls as (name, arguments), or what makes one
    of these of the question's body. `takes_tools`: else such a question gets 400.
    `quotes`: where it knows no answer, it says the first sentence of the text in the prompt.
    """

    answers: Mapping[str, str] = field(default_factory=lambda: LITERAL)
    seconds: float = 0.0
    slots: int = 0
    model: str = NAME
    quotes: bool = False
    together: int = 0
    retry_after: str = "0"
    turns: deque[Scripted] = field(default_factory=deque)
    takes_tools: bool = True
    mishaps: deque[str] = field(default_factory=deque)
    always: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    url: str = ""
    most_at_once: int = 0
    refused: int = 0
    connections: int = 0
    ended: int = 0
    at_once: int = 0
    closing: threading.Event = field(default_factory=threading.Event)
    crowd: threading.Condition = field(default_factory=threading.Condition)

    @property
    def prompts(self) -> list[str]:
        """The last message of each question, in the order in which they came."""
        return [body["messages"][-1]["content"] for body in self.bodies]

    def answer(self, prompt: str) -> str:
        known = [question for question in self.answers if question in prompt]
        if known:
            return self.answers[max(known, key=len)]
        text = re.search(r"Text: (.+?[.!?])(?:\s|$)", prompt, re.DOTALL)
        return text[1] if self.quotes and text else NOTHING


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept, as a real server keeps them
    stand_in: StandIn
    _is_within = False  # a slot

    def setup(self) -> None:
        super().setup()
        with self.stand_in.crowd:
            self.stand_in.connections += 1

    def do_GET(self) -> None:
        if self.path.endswith("/models"):
            self._json(200, {"object": "list", "data": [{"id": self.stand_in.model, "object": "model", "created": 5}]})
        else:
            self._json(404, {})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        one = self.stand_in
        with one.crowd:
            one.bodies.append(body)
            one.keys.append(self.headers.get("Authorization", ""))
            full = bool(one.slots) and one.at_once >= one.slots
            mishap = BUSY if full else one.mishaps.popleft() if one.mishaps else one.always
            one.refused += full
            one.at_once += 1
            one.most_at_once = max(one.most_at_once, one.at_once)
            one.crowd.notify_all()
        self._is_within = True
        try:
            self._answer(body, mishap)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            self._leave()

    def _leave(self) -> None:
        """Its slot is free before its client can know the end of the answer, and ask the next question."""
        if self._is_within:
            self._is_within = False
            with self.stand_in.crowd:
                self.stand_in.at_once -= 1
                self.stand_in.ended += 1

    def _answer(self, body: dict[str, Any], mishap: str) -> None:
        one = self.stand_in
        if mishap == HANG:
            one.closing.wait()
            self.close_connection = True
        elif mishap in (BUSY, BROKEN):
            self._json(429 if mishap == BUSY else 503, {"error": {"message": mishap}}, ("Retry-After", one.retry_after))
        elif mishap == NO_JSON:
            self._send(200, "text/html", b"<html>Welcome</html>")
        else:
            one.closing.wait(one.seconds)
            with one.crowd:
                one.crowd.wait_for(lambda: one.most_at_once >= one.together, timeout=60)
            if body["model"] != one.model:
                return self._json(404, {"error": {"message": "no such model"}})
            if "tools" in body and not one.takes_tools:
                return self._json(400, {"error": {"message": "does not support tools"}})
            prompt = body["messages"][-1]["content"]
            said = self._turn(body) if "tools" in body else one.answer(prompt)
            if not isinstance(said, str):
                return self._calls(said)
            usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": len(said.split())}
            model = "another" if mishap == OTHER else one.model
            if body.get("stream"):
                self._stream(model, said, usage, half=mishap == HALF)
            else:
                message = {"role": "assistant", "content": said}
                choice = {"index": 0, "message": message, "finish_reason": "stop"}
                self._json(200, {"model": model, "choices": [choice], "usage": usage})

    def _turn(self, body: dict[str, Any]) -> str | Calls:
        turns = self.stand_in.turns
        turn = turns.popleft() if turns else NOTHING
        return turn if isinstance(turn, str | list) else turn(body)

    def _calls(self, calls: Calls) -> None:
        """Streamed as vLLM does: a name first, then its arguments in parts."""
        deltas: list[dict[str, Any]] = []
        for place, (name, given) in enumerate(calls):
            arguments = given if isinstance(given, str) else json.dumps(given)
            begun = {"index": place, "id": f"call-{place}", "type": "function"}
            deltas.append({**begun, "function": {"name": name, "arguments": ""}})
            parts = (arguments[:5], arguments[5:])
            deltas += [{"index": place, "function": {"arguments": part}} for part in parts]
        self._begin()
        for delta in deltas:
            self._choice({"tool_calls": [delta]})
        self._leave()
        self._choice({}, "tool_calls")
        self._end({"prompt_tokens": 100, "completion_tokens": 20})

    def _choice(self, delta: dict[str, Any], finish: str | None = None, model: str = "") -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._chunk(json.dumps({"model": model or self.stand_in.model, "choices": [choice]}))

    def _stream(self, model: str, said: str, usage: dict[str, int], half: bool) -> None:
        self._begin()
        words = re.findall(r"\s*\S+", said)
        for word in words[: len(words) // 2] if half else words:
            self._choice({"content": word}, model=model)
        if half:
            self.close_connection = True
            return
        self._leave()
        self._choice({}, "stop", model)
        self._end(usage, model)

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _end(self, usage: dict[str, int], model: str = "") -> None:
        self._chunk(json.dumps({"model": model or self.stand_in.model, "choices": [], "usage": usage}))
        self._chunk("[DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, data: str) -> None:
        event = f"data: {data}\n\n".encode()
        self.wfile.write(f"{len(event):x}\r\n".encode() + event + b"\r\n")

    def _json(self, code: int, body: dict[str, Any], *headers: tuple[str, str]) -> None:
        self._send(code, "application/json", json.dumps(body).encode(), *headers)

    def _send(self, code: int, kind: str, body: bytes, *headers: tuple[str, str]) -> None:
        self._leave()
        self.send_response(code)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args) -> None:
        """Quiet."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no error: whoever reads an answer may stop in the middle of it."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def stand_in(port: int = 0, **how: Any) -> Iterator[StandIn]:
    """A stand-in that listens at its `url`, on this machine alone; nothing does any more after the block. `port` 0: one
    that is free."""
    one = StandIn(**how)
    with _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"stand_in": one})) as running:
        one.url = f"http://127.0.0.1:{running.server_port}/v1"
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield one
        finally:
            one.closing.set()
            running.shutdown()
            thread.join()
