"""What OpenAI's clients send. Fields that mean nothing here are ignored, not refused: every client sends some."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bento.inputs import EXAMPLE


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None


class ChatRequest(BaseModel):
    """OpenAI's chat request. Clients send many more fields (temperature, tools, ...): they are ignored, because the
    content is the grounded answer to the last user message, whatever the sampling."""

    model_config = ConfigDict(extra="ignore")

    messages: list[ChatMessage] = Field(
        min_length=1,
        max_length=100,
        examples=[[{"role": "user", "content": EXAMPLE}]],
    )
    model: str = Field("aieco", max_length=200)
    stream: bool = False
    stream_options: dict[str, Any] | None = None


class EmbeddingsRequest(BaseModel):
    """OpenAI's embeddings request; texts only, no token numbers."""

    model_config = ConfigDict(extra="ignore")

    input: str | list[str] = Field(examples=[["annual leave"]])
    model: str = Field("aieco", max_length=200)
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, ge=1, le=100_000)
