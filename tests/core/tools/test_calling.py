"""One call: what is sent is checked, what comes back is bounded, what goes wrong is one sentence."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, cast

import pytest
from pydantic import Field

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.metrics.statements import GROUPINGS
from aieco_assets.core.rag.understanding.question import MAX_MESSAGE
from aieco_assets.core.tools.calling import OUR_FAULT, Refused, call
from aieco_assets.core.tools.catalogue import TOOLS
from aieco_assets.core.tools.documents import AskInput
from aieco_assets.core.tools.numbers import Grouping
from aieco_assets.core.tools.tool import OUTPUT_BYTES, Input, Name, Output, Platform, Tool


class Sent(Input):
    name: Name
    times: int = Field(1, ge=1, le=10)


class Came(Output):
    text: str


async def _run(platform: Platform, given: Sent) -> Came:
    if given.name == "raise":
        raise AiecoError("/home/anna/.aieco/postgres cannot be written: see https://example.org/a/b or ~/notes/x.")
    if given.name == "bug":
        raise KeyError("/home/anna/secret")
    if given.name == "own":
        Came.model_validate({"text": 3})
    return Came(text=given.name * (OUTPUT_BYTES if given.name == "long" else given.times))


ECHO = Tool("echo", "Echo", "Says it again.", "ask", Sent, Came, _run)


def said(given: dict[str, Any], name: str = "echo", may: bool = True) -> Any:
    found = asyncio.run(call([ECHO], name, given, cast("Platform", None), lambda scope: may))
    return found.sentence if isinstance(found, Refused) else found


def test_a_result_is_what_the_schema_says() -> None:
    assert said({"name": "ab", "times": 2}) == {"text": "abab"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "name: Field required."),
        ({"name": "a", "path": "/etc"}, "path: Extra inputs are not permitted."),
        ({"name": "a", "times": "2"}, "times: Input should be a valid integer."),
        ({"name": "a", "times": 11}, "times: Input should be less than or equal to 10."),
        ({"name": "\x07"}, "name: must be plain text, without control characters or broken encoding."),
        ({"name": "x" * 201}, "name: String should have at most 200 characters."),
    ],
)
def test_what_does_not_fit_is_named_and_not_repeated(given: dict[str, Any], sentence: str) -> None:
    assert said(given) == sentence


def test_a_sentence_says_nothing_of_where_things_lie() -> None:
    assert said({"name": "raise"}) == (
        "(a path on the server) cannot be written: see https://example.org/a/b or (a path on the server)."
    )


@pytest.mark.parametrize("name", ["bug", "own"])
def test_a_bug_is_for_the_log_alone(name: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert said({"name": name}) == OUR_FAULT
    assert "echo failed" in caplog.text


def test_a_result_that_is_too_large_is_none() -> None:
    assert said({"name": "long"}) == "The result is larger than 256 KiB: ask for less."


def test_a_tool_that_is_not_there_or_not_for_this_key_is_not_run() -> None:
    assert said({"name": "a"}, "rm") == "There is no tool of that name: there are echo."
    assert said({"name": "bug"}, may=False) == "This key may not ask: use one with the scope ask."


def test_every_text_list_and_number_that_a_tool_takes_has_a_limit() -> None:
    for tool in TOOLS:
        for name, field in tool.takes.model_json_schema()["properties"].items() if tool.takes.model_fields else ():
            for one in field.get("anyOf", [field]):
                limits = {"string": {"maxLength", "pattern", "enum", "format"}, "array": {"maxItems"}}
                limits |= {"integer": {"maximum"}}
                assert limits.get(one["type"], {*one}) & {*one}, f"{tool.name}: {name}"
                if one["type"] == "array":
                    assert {"maxLength", "pattern", "enum"} & {*one["items"]}, f"{tool.name}: {name}"


def test_a_question_may_be_as_long_as_one_of_the_service() -> None:
    assert AskInput(question="w " * 600).question.startswith("w w")
    (long,) = [one for one in AskInput.model_fields["question"].metadata if hasattr(one, "max_length")]
    assert long.max_length == MAX_MESSAGE


def test_what_numbers_can_be_grouped_by_is_what_the_metrics_know() -> None:
    assert set(Grouping.__args__) == set(GROUPINGS)
