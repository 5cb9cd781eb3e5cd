"""OpenAI's chat completions, so that its clients work unchanged; the content is the grounded answer of core/rag."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from aieco_assets.core.contracts import Answer, Query
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.wording import source_lines
from aieco_assets.core.rag.understanding.chat_task import chat_task
from aieco_assets.core.rag.understanding.question import MAX_MESSAGE
from aieco_assets.core.text.plain import plain_text
from bento.error_body import error_body
from bento.openai_options import Said, as_json, limited, pieces, refuse_tools, wants_json
from bento.openai_schemas import ChatRequest
from bento.schemas import AnswerResponse

_NOT_TEXT = ("image", "audio", "file", "video")


@dataclass(frozen=True)
class Turns:
    """What a chat asks: its last user message, those before it (oldest first), and what the client says to the model.

    `task`: what a client gets that asks something for itself (a title, tags); "" for a question.
    """

    question: str
    history: tuple[str, ...] = ()
    task: str = ""

    @property
    def query(self) -> Query:
        return Query(self.question, history=self.history)


def turns(field: str, messages: Sequence[tuple[str, Any]]) -> Turns:
    """The turns of (role, content). Raises AiecoError when no user message is there, or the last one is not text.

    `field`: what the client calls its messages.
    """
    asked = [content for role, content in messages if role == "user"]
    if not asked:
        raise AiecoError(f"{field}: needs a message with the role user.")
    question = _text(asked[-1])
    if _has_more(asked[-1]) and not question.strip():
        raise AiecoError(f"{field}: pictures, sounds and files can't be read here: ask in text.")
    try:
        question = plain_text(question)
    except ValueError as error:
        raise AiecoError(f"{field}: the last user message {error}.") from None
    if len(question) > MAX_MESSAGE:
        raise AiecoError(f"{field}: the last user message may have {MAX_MESSAGE} characters at most.")
    instructions = "\n".join(_text(content) for role, content in messages if role in ("system", "developer"))
    return Turns(question, tuple(map(_text, asked[:-1])), chat_task(question, instructions if len(asked) == 1 else ""))


def turns_of(request: ChatRequest) -> Turns:
    """Raises AiecoError for what can't be asked, and for options that can't be honoured."""
    refuse_tools("tool_choice", request.tool_choice)
    called = request.function_call
    refuse_tools("function_call", {"type": "function"} if isinstance(called, dict) else called)
    wants_json("response_format", request.response_format)
    if request.modalities not in (None, [], ["text"]):
        raise AiecoError("modalities: answers are text only: leave it out.")
    return turns("messages", [(message.role, message.content) for message in request.messages])


def said(request: ChatRequest, answer: Answer) -> Said:
    """What of the answer's text the client's options let through."""
    text = as_json(answer) if wants_json("response_format", request.response_format) else content(answer)
    return limited(text, request.stop, request.max_completion_tokens or request.max_tokens)


def completion(request: ChatRequest, answer: Answer) -> dict[str, Any]:
    """The whole answer as one `chat.completion`; `aieco` carries citations and versions."""
    shown = said(request, answer)
    choice = {
        "message": {"role": "assistant", "content": shown.text, "refusal": None},
        "finish_reason": _finish(shown),
        "logprobs": None,
    }
    return {
        **_envelope(request, answer.trace_id, "chat.completion"),
        "choices": [{"index": place, **choice} for place in range(request.n or 1)],
        "usage": usage(answer),
        "aieco": whole(answer),
    }


def events(request: ChatRequest, answer: Answer) -> Iterator[str]:
    """The same as server-sent events, of an answer that is whole."""
    shape = ChatEvents(request, answer.trace_id)
    yield shape.begin()
    for piece in pieces(text := shape.shown(answer)):
        yield shape.part(piece)
    yield shape.end(answer, text)


class ChatEvents:
    """Server-sent events of one chat completion; each choice gets the same."""

    def __init__(self, request: ChatRequest, name: str) -> None:
        wants_usage = bool((request.stream_options or {}).get("include_usage"))
        self._request, self._wants_usage, self._places = request, wants_usage, range(request.n or 1)
        self._envelope = _envelope(request, name, "chat.completion.chunk") | ({"usage": None} if wants_usage else {})

    def begin(self) -> str:
        return self._each({"role": "assistant", "content": ""})

    def part(self, text: str) -> str:
        return self._each({"content": text})

    def end(self, answer: Answer, text: str) -> str:
        last = self._each({}, _finish(said(self._request, answer)), aieco=whole(answer))
        return last + (self._event([], usage=usage(answer)) if self._wants_usage else "") + "data: [DONE]\n\n"

    def failed(self, sentence: str) -> str:
        return f"data: {json.dumps(error_body('/v1/', 503, sentence))}\n\n"

    def sendable(self, text: str) -> str:
        return limited(text, None, self._request.max_completion_tokens or self._request.max_tokens).text

    def shown(self, answer: Answer) -> str:
        return said(self._request, answer).text

    def _each(self, delta: dict[str, str], finish: str | None = None, **extra: Any) -> str:
        choice = {"delta": delta, "finish_reason": finish, "logprobs": None}
        return "".join(self._event([{"index": place, **choice}], **extra) for place in self._places)

    def _event(self, choices: list[dict[str, Any]], **extra: Any) -> str:
        return f"data: {json.dumps({**self._envelope, 'choices': choices, **extra})}\n\n"


def comes_in_parts(request: ChatRequest) -> bool:
    """Whether the text can be sent sentence by sentence: an object of JSON, and what ends at a word of the client's, is
    known when it is whole."""
    return bool(request.stream) and not request.stop and not wants_json("response_format", request.response_format)


def content(answer: Answer) -> str:
    """The answer with its sources below, for clients that show text only."""
    if answer.metric:
        return "\n\n".join([answer.answer, *source_lines(answer.metric)])
    sources = dict.fromkeys(f"{citation.document}, page {citation.page}" for citation in answer.citations)
    if answer.abstained and answer.suggestions:
        near = "; ".join(f"{one.document}, page {one.page}" for one in answer.suggestions)
        return f"{answer.answer} These pages speak of it: {near}"
    if not sources:
        return answer.answer
    open_ = "\n\nThese places say different things: which one do you mean?" if answer.suggestions else ""
    return f"{answer.answer}{open_}\n\nSources: {'; '.join(sources)}"


def usage(answer: Answer) -> dict[str, int]:
    read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def whole(answer: Answer) -> dict[str, Any]:
    """The answer as `/answer` gives it."""
    return AnswerResponse.model_validate(answer).model_dump(mode="json")


def _finish(shown: Said) -> str:
    return "length" if shown.cut else "stop"


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if isinstance(part.get("text"), str))
    return content or ""


def _has_more(content: Any) -> bool:
    """Whether something else than text is in it."""
    return isinstance(content, list) and any(any(one in str(part.get("type")) for one in _NOT_TEXT) for part in content)


def _envelope(request: ChatRequest, name: str, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{name}", "object": kind, "created": int(time.time()), "model": request.model}
