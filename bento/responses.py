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
    refuse_tools("tool_choice", request.tools, request.tool_choice)
    wants_json("text.format", _form(request))
    if isinstance(request.input, str):
        messages: list[tuple[str, Any]] = [("user", request.input)]
    else:
        messages = [(str(item.get("role")), _content(item)) for item in request.input if item.get("role")]
    return chat.turns("input", [("system", request.instructions or ""), *messages])


def response(request: ResponsesRequest, answer: Answer) -> dict[str, Any]:
    """The whole answer as one `response`; `aieco` carries citations and versions."""
    shown = _said(request, answer)
    ended = _ended(shown)
    return _response(request, answer, ended, [_item(answer, ended, [_part(shown.text)])]) | {
        "incomplete_details": {"reason": "max_output_tokens"} if shown.cut else None,
        "usage": _usage(answer),
        "aieco": chat.whole(answer),
    }


def events(request: ResponsesRequest, answer: Answer) -> Iterator[str]:
    """The same as server-sent events, numbered; the last is `response.completed` or `response.incomplete`."""
    shown = _said(request, answer)
    begun = _response(request, answer, "in_progress", [])
    at = {"item_id": _item_id(answer), "output_index": 0, "content_index": 0}
    item = {"output_index": 0}
    steps: list[tuple[str, dict[str, Any]]] = [
        ("created", {"response": begun}),
        ("in_progress", {"response": begun}),
        ("output_item.added", {**item, "item": _item(answer, "in_progress", [])}),
        ("content_part.added", {**at, "part": _part("")}),
        *(("output_text.delta", {**at, "delta": piece, "logprobs": []}) for piece in pieces(shown.text)),
        ("output_text.done", {**at, "text": shown.text, "logprobs": []}),
        ("content_part.done", {**at, "part": _part(shown.text)}),
        ("output_item.done", {**item, "item": _item(answer, _ended(shown), [_part(shown.text)])}),
        (_ended(shown), {"response": response(request, answer)}),
    ]
    for number, (name, told) in enumerate(steps):
        event = {"type": f"response.{name}", "sequence_number": number, **told}
        yield f"event: response.{name}\ndata: {json.dumps(event)}\n\n"


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


def _item_id(answer: Answer) -> str:
    return f"msg_{answer.trace_id}"


def _item(answer: Answer, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": _item_id(answer),
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _response(request: ResponsesRequest, answer: Answer, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": f"resp_{answer.trace_id}",
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
