"""Turns with calls of tools, as different servers stream them."""

from __future__ import annotations

from typing import Any

import pytest

from aieco_assets.core.errors import Abandoned
from aieco_assets.core.llm.tool_calls import MOST_CHARACTERS, ToolCall, Turn, read_turn


def event(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def part(index: int, name: str = "", arguments: str = "", **more: Any) -> dict[str, Any]:
    return {"index": index, "function": {"name": name, "arguments": arguments}, **more}


def turn(*events: dict[str, Any]) -> Turn:
    return read_turn(events, lambda: False, 7)


def test_arguments_that_come_in_parts_are_put_together() -> None:
    found = turn(
        event(content="I look. "),
        event(tool_calls=[part(0, "search", id="a")]),
        event(tool_calls=[part(0, arguments='{"k"')]),
        event(tool_calls=[part(1, "read_page", "{}", id="b"), part(0, arguments=": 1}")]),
        event("tool_calls"),
        {"choices": [], "usage": {"prompt_tokens": 90, "completion_tokens": 9}},
    )
    assert found.calls == (ToolCall("a", "search", '{"k": 1}'), ToolCall("b", "read_page", "{}"))
    assert (found.text, found.finish, found.prompt_tokens, found.completion_tokens) == ("I look. ", "tool_calls", 90, 9)


def test_whole_calls_that_all_have_the_first_place_are_several() -> None:
    calls = [part(0, "search", "{}", id="a"), part(0, "status", "{}", id="b")]
    assert [one.name for one in turn(event(tool_calls=calls)).calls] == ["search", "status"]


def test_a_server_that_does_not_count_tokens_is_counted() -> None:
    found = turn(event("stop", content="four"))
    assert (found.prompt_tokens, found.completion_tokens) == (7, 1)


def test_a_turn_without_an_end_is_not_kept() -> None:
    found = turn(*[event(content="x" * 1_000)] * 200)
    assert len(found.text) <= MOST_CHARACTERS


def test_nobody_who_left_is_waited_for() -> None:
    with pytest.raises(Abandoned):
        read_turn([event(content="x")], lambda: True, 0)
