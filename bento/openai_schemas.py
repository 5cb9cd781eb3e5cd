"""What OpenAI's clients send. Fields that mean nothing here are ignored, not refused: every client sends some.

What would change what a client does with the answer is honoured or refused (bento/openai_options.py).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bento.inputs import EXAMPLE
from bento.request_limits import CHAT_MESSAGES, CHOICES, STOP_SEQUENCES

Name = Annotated[str, Field(max_length=200)]
Tokens = Annotated[int, Field(ge=1)]
Parts = str | list[dict[str, Any]] | None


class Given(BaseModel):
    """Of a request whatever is known here."""

    model_config = ConfigDict(extra="ignore")

    model: Name = "aieco"
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Parts = None


class ChatRequest(Given):
    """OpenAI's chat request. Sampling (temperature, seed, logprobs, …) is ignored: the content is the grounded answer
    to the last user message, whatever the sampling."""

    messages: list[ChatMessage] = Field(
        min_length=1,
        max_length=CHAT_MESSAGES,
        examples=[[{"role": "user", "content": EXAMPLE}]],
    )
    n: int | None = Field(None, ge=1, le=CHOICES)
    stop: str | Annotated[list[str], Field(max_length=STOP_SEQUENCES)] | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    response_format: dict[str, Any] | None = None
    modalities: list[str] | None = None
    functions: list[dict[str, Any]] | None = None
    function_call: str | dict[str, Any] | None = None


class ResponsesRequest(Given):
    """OpenAI's request to `/v1/responses`. Nothing is stored, so the earlier messages come with each request."""

    input: str | Annotated[list[dict[str, Any]], Field(min_length=1, max_length=CHAT_MESSAGES)] = Field(
        examples=[EXAMPLE]
    )
    instructions: str | None = None
    max_output_tokens: Tokens | None = None
    text: dict[str, Any] | None = None
    previous_response_id: str | None = None
    conversation: str | dict[str, Any] | None = None
    prompt: dict[str, Any] | None = None
    background: bool | None = None
    metadata: dict[str, Any] | None = None


class EmbeddingsRequest(BaseModel):
    """OpenAI's embeddings request; texts only, no token numbers."""

    model_config = ConfigDict(extra="ignore")

    input: str | list[Any] = Field(examples=[["annual leave"]])
    model: Name = "aieco"
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, ge=1, le=100_000)
