"""What the language model's service is sent: OpenAI's chat request, as far as a plain model honours it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from aieco_assets.core.llm.prompt import Message
from bento.llm_backend import Asked
from bento.request_limits import CHAT_MESSAGES, STOP_SEQUENCES


def _whole(text: str) -> str:
    if any("\ud800" <= letter <= "\udfff" for letter in text):  # JSON can say half a character; no model reads one
        raise ValueError("must be text without broken characters")
    return text


Text = Annotated[str, AfterValidator(_whole)]


class TextMessage(BaseModel):
    """`content`: a text, or parts that are texts."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Text

    @field_validator("content", mode="before")
    @classmethod
    def _text_of_parts(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        if any(not isinstance(part, dict) or part.get("type") != "text" for part in value):
            raise ValueError("this model reads texts only")
        return "".join(str(part.get("text", "")) for part in value)


class TextRequest(BaseModel):
    """Fields that mean nothing here are ignored; several choices, tools and forms of the answer are refused."""

    model_config = ConfigDict(extra="ignore")

    model: Annotated[str, Field(max_length=200)] = ""
    messages: list[TextMessage] = Field(min_length=1, max_length=CHAT_MESSAGES)
    max_tokens: int | None = Field(None, ge=1, le=65_536)
    max_completion_tokens: int | None = Field(None, ge=1, le=65_536)
    stop: list[Annotated[str, Field(min_length=1), AfterValidator(_whole)]] = Field([], max_length=STOP_SEQUENCES)
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    n: Literal[1] | None = None
    stream: bool = False
    stream_options: dict[str, Any] | None = None
    tools: Annotated[list[Any], Field(max_length=0)] | None = None
    response_format: dict[str, Any] | None = None

    @field_validator("stop", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value or []

    @field_validator("response_format")
    @classmethod
    def _plain_text(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value and value.get("type") != "text":
            raise ValueError("this model writes plain text only")
        return value

    @property
    def tells_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.get("include_usage"))

    def asked(self) -> Asked:
        roles = {"developer": "system"}
        messages = [Message(role=roles.get(one.role, one.role), content=one.content) for one in self.messages]
        most = self.max_completion_tokens or self.max_tokens
        return Asked(messages, most, self.stop, self.temperature, self.top_p)
