"""OpenAI's chat completions, so that its clients work unchanged; the content is the grounded answer of core/rag."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from aieco_assets.core.contracts import Answer
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.wording import source_lines
from bento.inputs import clean_text
from bento.limits import QUESTION_CHARACTERS
from bento.openai_schemas import ChatRequest
from bento.schemas import AnswerResponse


def question_of(request: ChatRequest) -> str:
    """The last user message. Raises AiecoError when there is none, or it is empty, too long or not text."""
    texts = [_text(message.content) for message in request.messages if message.role == "user"]
    if not texts:
        raise AiecoError("messages: needs a message with the role user.")
    try:
        question = clean_text(texts[-1])
    except ValueError as error:
        raise AiecoError(f"messages: the last user message {error}.") from None
    if len(question) > QUESTION_CHARACTERS:
        raise AiecoError(f"messages: the last user message may have {QUESTION_CHARACTERS} characters at most.")
    return question


def history_of(request: ChatRequest) -> list[str]:
    """The user's messages before the last one, oldest first."""
    return [_text(message.content) for message in request.messages if message.role == "user"][:-1]


def completion(request: ChatRequest, answer: Answer) -> dict[str, Any]:
    """The whole answer as one `chat.completion`; `aieco` carries citations and versions."""
    message = {"role": "assistant", "content": content(answer), "refusal": None}
    return {
        **_envelope(request, answer, "chat.completion"),
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": _usage(answer),
        "aieco": AnswerResponse.model_validate(answer).model_dump(mode="json"),
    }


def events(request: ChatRequest, answer: Answer) -> Iterator[str]:
    """The same as server-sent events. An answer can only be said once it is verified, so the words come at once."""
    envelope = _envelope(request, answer, "chat.completion.chunk")

    def event(delta: dict[str, str], finish: str | None = None, **extra: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return f"data: {json.dumps({**envelope, 'choices': [choice], **extra})}\n\n"

    yield event({"role": "assistant", "content": ""})
    for word in re.findall(r"\s*\S+", content(answer)):
        yield event({"content": word})
    yield event({}, "stop", usage=_usage(answer), aieco=AnswerResponse.model_validate(answer).model_dump(mode="json"))
    if (request.stream_options or {}).get("include_usage"):
        yield f"data: {json.dumps({**envelope, 'choices': [], 'usage': _usage(answer)})}\n\n"
    yield "data: [DONE]\n\n"


def content(answer: Answer) -> str:
    """The answer with its sources below, for clients that show text only."""
    if answer.metric:
        return "\n\n".join([answer.answer, *source_lines(answer.metric)])
    sources = dict.fromkeys(f"{citation.document}, page {citation.page}" for citation in answer.citations)
    if answer.suggestions:
        near = "; ".join(f"{one.document}, page {one.page}" for one in answer.suggestions)
        return f"{answer.answer} These pages speak of it: {near}"
    if not sources:
        return answer.answer
    return answer.answer + "\n\nSources: " + "; ".join(sources)


def _text(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        return "\n".join(part["text"] for part in content if isinstance(part.get("text"), str))
    return content or ""


def _envelope(request: ChatRequest, answer: Answer, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{answer.trace_id}", "object": kind, "created": int(time.time()), "model": request.model}


def _usage(answer: Answer) -> dict[str, int]:
    read, written = answer.usage.prompt_tokens, answer.usage.completion_tokens
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
