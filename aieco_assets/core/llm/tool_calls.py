"""One turn of a model that may call tools: what it wrote, and the calls that it asks for (OpenAI's `tools`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from aieco_assets.core.errors import Abandoned, AiecoError
from aieco_assets.core.llm.price import Price

MOST_CHARACTERS = 64_000  # of a turn, calls included; what comes beyond is not read
LETTERS_OF_A_TOKEN = 4
CANT = frozenset({400, 422, 501})  # what servers answer where the model takes no tools


class NoTools(AiecoError):
    """The model can't call tools; mended by another model, or by how its server is started."""


@dataclass(frozen=True)
class ToolCall:
    """As the model wrote it: neither the name nor the JSON of the arguments need be right."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class Turn:
    """`finish`: as the server says ("stop", "length", "tool_calls")."""

    text: str
    calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0


class CallsTools(Protocol):
    """A model whose server takes `tools`. `calls_tools`: as far as is known, for only asking tells."""

    @property
    def calls_tools(self) -> bool: ...

    @property
    def price(self) -> Price | None: ...

    def turn(
        self,
        messages: list[dict[str, Any]],
        tools: list[dict[str, Any]],
        max_tokens: int,
        must_answer: bool = False,
        given_up: Callable[[], bool] = lambda: False,
    ) -> Turn:
        """`must_answer`: no call is taken any more. Raises NoTools; ModelUnavailable; Abandoned once `given_up`."""
        ...


def read_turn(events: Iterable[Mapping[str, Any]], given_up: Callable[[], bool], prompt: int) -> Turn:
    """The turn that the events of a stream are the parts of. `prompt`: its tokens, where the server does not say."""
    text, finish, usage, size = "", "", {}, 0
    calls: list[dict[str, str]] = []
    at: dict[Any, dict[str, str]] = {}
    for event in events:
        if given_up():
            raise Abandoned
        usage = event.get("usage") or usage
        for choice in (event.get("choices") or [])[:1]:
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta") or {}
            parts = delta.get("tool_calls") or []
            size += len(str(delta.get("content") or "")) + len(str(parts))
            if size > MOST_CHARACTERS:
                continue
            text += str(delta.get("content") or "")
            for part in parts:
                place, name = part.get("index", 0), part.get("id") or ""
                if place not in at or (name and at[place]["id"] not in ("", name)):  # some give each call index 0
                    at[place] = {"id": name, "name": "", "arguments": ""}
                    calls.append(at[place])
                said = part.get("function") or {}
                at[place]["id"] = at[place]["id"] or name
                at[place]["name"] += str(said.get("name") or "")
                at[place]["arguments"] += str(said.get("arguments") or "")
    read, wrote = usage.get("prompt_tokens") or prompt, usage.get("completion_tokens") or size // LETTERS_OF_A_TOKEN
    return Turn(text, tuple(ToolCall(**call) for call in calls), finish or "stop", int(read), int(wrote))
