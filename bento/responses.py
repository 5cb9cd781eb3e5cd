"""OpenAI's `/v1/responses`, plain and streaming: the same answer as chat completions give, in its newer shape."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from aieco_assets.core.contracts import Answer
from aieco_assets.core.errors import AiecoError
from bento import chat
from bento.openai_options import Said, as_json, limited, pieces, refuse_tools, wants_json
from bento.openai_schemas import ResponsesRequest

_STORED = "nothing is stored here: send the earlier messages as input."


def turns_of(request: ResponsesRequest) -> chat.Turns:
    """Raises AiecoError for what can't be asked, and for options that can't be honoured."""
    for field in ("previous_response_id", "conversation", "prompt"):
        if getattr(request, field) is not None:
            raise AiecoError(f"{field}: {_STORED}")
    if request.background:
        raise AiecoError("background: answers are given at once: leave it out.")
    refuse_tools("tool_choice", request.tool_choice)
    wants_json("text.format", _form(request))
    if isinstance(request.input, str):
        messages: list[tuple[str, Any]] = [("user", request.input)]
    else:
        messages = [(str(item.get("role")), _content(item)) for item in request.input if item.get("role")]
    return chat.turns("input", [("system", request.instructions or ""), *messages])


def response(request: ResponsesRequest, answer: Answer) -> dict[str, Any]:
    """The whole answer as one `response`; `aieco` carries citations and versions."""
    return _ended_response(request, answer, answer.trace_id)


def _ended_response(request: ResponsesRequest, answer: Answer, name: str) -> dict[str, Any]:
    shown = _said(request, answer)
    ended = _ended(shown)
    return _response(request, name, ended, [_item(name, ended, [_part(shown.text)])]) | {
        "incomplete_details": {"reason": "max_output_tokens"} if shown.cut else None,
        "usage": _usage(answer),
        "aieco": chat.whole(answer),
    }


def events(request: ResponsesRequest, answer: Answer) -> Iterator[str]:
    """The same as server-sent events, of an answer that is whole."""
    shape = ResponseEvents(request, answer.trace_id)
    yield shape.begin()
    for piece in pieces(text := shape.shown(answer)):
        yield shape.part(piece)
    yield shape.end(answer, text)


class ResponseEvents:
    """Server-sent events of one response, numbered; the last is `response.completed`, `.incomplete` or `.failed`."""

    def __init__(self, request: ResponsesRequest, name: str) -> None:
        self._request, self._name, self._number = request, name, 0
        self._at = {"item_id": _item_id(name), "output_index": 0, "content_index": 0}

    def begin(self) -> str:
        begun = {"response": _response(self._request, self._name, "in_progress", [])}
        item = {"output_index": 0, "item": _item(self._name, "in_progress", [])}
        return (
            self._event("created", begun)
            + self._event("in_progress", begun)
            + self._event("output_item.added", item)
            + self._event("content_part.added", {**self._at, "part": _part("")})
        )

    def part(self, text: str) -> str:
        return self._event("output_text.delta", {**self._at, "delta": text, "logprobs": []})

    def end(self, answer: Answer, text: str) -> str:
        ended = _ended(_said(self._request, answer))
        item = {"output_index": 0, "item": _item(self._name, ended, [_part(text)])}
        return (
            self._event("output_text.done", {**self._at, "text": text, "logprobs": []})
            + self._event("content_part.done", {**self._at, "part": _part(text)})
            + self._event("output_item.done", item)
            + self._event(ended, {"response": _ended_response(self._request, answer, self._name)})
        )

    def failed(self, sentence: str) -> str:
        error = {"code": "server_error", "message": sentence}
        return self._event(
            "failed", {"response": _response(self._request, self._name, "failed", []) | {"error": error}}
        )

    def sendable(self, text: str) -> str:
        return limited(text, None, self._request.max_output_tokens).text

    def shown(self, answer: Answer) -> str:
        return _said(self._request, answer).text

    def _event(self, name: str, told: dict[str, Any]) -> str:
        event = {"type": f"response.{name}", "sequence_number": self._number, **told}
        self._number += 1
        return f"event: response.{name}\ndata: {json.dumps(event)}\n\n"


def comes_in_parts(request: ResponsesRequest) -> bool:
    """Whether the text can be sent sentence by sentence: an object of JSON is known when it is whole."""
    return bool(request.stream) and not wants_json("text.format", _form(request))


def _content(item: dict[str, Any]) -> Any:
    content = item.get("content")
    if not isinstance(content, str | list | None) or not _are_parts(content):
        raise AiecoError("input: the content of a message is text, or a list of parts.")
    return content


def _are_parts(content: str | list[Any] | None) -> bool:
    return not isinstance(content, list) or all(isinstance(part, dict) for part in content)


def _form(request: ResponsesRequest) -> dict[str, Any] | None:
    form = (request.text or {}).get("format")
    return form if isinstance(form, dict) else None


def _said(request: ResponsesRequest, answer: Answer) -> Said:
    text = as_json(answer) if wants_json("text.format", _form(request)) else chat.content(answer)
    return limited(text, None, request.max_output_tokens)


def _ended(shown: Said) -> str:
    return "incomplete" if shown.cut else "completed"


def _item_id(name: str) -> str:
    return f"msg_{name}"


def _item(name: str, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": _item_id(name),
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _response(request: ResponsesRequest, name: str, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"resp_{name}",
        "object": "response",
        "created_at": int(time.time()),
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": request.instructions,
        "max_output_tokens": request.max_output_tokens,
        "metadata": request.metadata or {},
        "model": request.model,
        "output": output,
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "store": False,
        "temperature": None,
        "text": {"format": _form(request) or {"type": "text"}},
        "tool_choice": request.tool_choice or "auto",
        "tools": request.tools or [],
        "top_p": None,
        "truncation": "disabled",
        "usage": None,
    }


def _usage(answer: Answer) -> dict[str, Any]:
    counted = chat.usage(answer)
    return {
        "input_tokens": counted["prompt_tokens"],
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": counted["completion_tokens"],
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": counted["total_tokens"],
    }
