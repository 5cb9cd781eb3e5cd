"""Plan, call tools, answer: a model and reading tools in turns, within a budget. What it writes is judged elsewhere."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aieco_assets.core.agent.materials import Materials
from aieco_assets.core.agent.prompt import first_messages, shown_tools
from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.tool_calls import ToolCall, Turn
from aieco_assets.core.monitoring.tracing import note, stage
from aieco_assets.core.tools.calling import Refused, call
from aieco_assets.core.tools.tool import Platform, Tool

MAX_TOKENS = 800  # of one turn
ARGUMENT_CHARACTERS = 4_000
_LETTERS_OF_A_TOKEN = 3  # cautious
_FOR_THE_ANSWER = 0.3  # of the seconds: then no tool is called any more
_SPARE_SECONDS = 1.0
AGAIN = "This was called before with the same arguments: its result stands above."
NO_OBJECT = "The arguments are no JSON object: write one, as the tool's schema has it."
TOO_LONG = f"The arguments are longer than {ARGUMENT_CHARACTERS} characters: ask for less."
LATE = "The time for tools is used up: answer with what there is."


@dataclass(frozen=True)
class Budget:
    """Tool calls, refused ones included; tokens that the model's turns read and write; seconds for all."""

    steps: int = 6
    tokens: int = 60_000
    seconds: float = 60.0


@dataclass(frozen=True)
class Step:
    """One call. `characters`: of the result, as the model was shown it; `error`: what it was told instead."""

    tool: str
    arguments: dict[str, Any]
    milliseconds: float
    characters: int = 0
    error: str = ""


@dataclass
class Worked:
    """`ended`: which part of the budget was used up, "" where the model ended by itself."""

    text: str = ""
    finish: str = "stop"
    steps: list[Step] = field(default_factory=list)
    materials: Materials = field(default_factory=Materials)
    prompt_tokens: int = 0
    completion_tokens: int = 0
    ended: str = ""


class Model(Protocol):
    async def turn(
        self, messages: list[dict[str, Any]], tools: list[dict[str, Any]], must_answer: bool, seconds: float
    ) -> Turn | None:
        """None where it did not end in these seconds."""
        ...


async def work_out(
    question: str,
    model: Model,
    tools: Sequence[Tool],
    platform: Platform,
    may: Callable[[str], bool],
    budget: Budget,
) -> Worked:
    """The model's text after as many calls as it wanted or the budget has. Raises what the model's turns raise."""
    work = Working(tools, platform, may, budget)
    messages, shown = first_messages(question), shown_tools(tools, may)
    while not work.is_over(messages, shown):
        must_answer = work.must_answer(messages, shown)
        turn = await work.asked(model, messages, shown, must_answer)
        if turn is None:
            break
        calls = () if must_answer else turn.calls[: budget.steps - len(work.done.steps)]
        if not calls:
            work.done.text, work.done.finish = turn.text, turn.finish
            break
        messages.append({"role": "assistant", "content": turn.text, "tool_calls": [_echo(one) for one in calls]})
        for one in calls:
            messages.append({"role": "tool", "tool_call_id": one.id, "content": await work.step(one)})
    return work.done


class Working:
    def __init__(self, tools: Sequence[Tool], platform: Platform, may: Callable[[str], bool], budget: Budget) -> None:
        self._tools, self._platform, self._may, self._budget = tools, platform, may, budget
        self._until = time.monotonic() + budget.seconds
        self._seen: set[str] = set()
        self.done = Worked()

    @property
    def _left(self) -> float:
        return self._until - time.monotonic()

    @property
    def _left_for_tools(self) -> float:
        return self._left - _FOR_THE_ANSWER * self._budget.seconds

    def _tokens_after(self, messages: list[Any], shown: list[Any], turns: int) -> int:
        """Spent after so many more turns, by a cautious guess."""
        letters = len(json.dumps([messages, shown], ensure_ascii=False))
        spent = self.done.prompt_tokens + self.done.completion_tokens
        return spent + turns * (letters // _LETTERS_OF_A_TOKEN + MAX_TOKENS)

    def is_over(self, messages: list[Any], shown: list[Any]) -> bool:
        if self._left <= 0:
            self.done.ended = "seconds"
        elif self._tokens_after(messages, shown, 1) > self._budget.tokens:
            self.done.ended = "tokens"
        else:
            return False
        return True

    def must_answer(self, messages: list[Any], shown: list[Any]) -> bool:
        """Whether there is nothing left for a call and the answer after it."""
        if len(self.done.steps) >= self._budget.steps:
            self.done.ended = "steps"
        elif self._left_for_tools <= 0:
            self.done.ended = "seconds"
        elif self._tokens_after(messages, shown, 2) > self._budget.tokens:
            self.done.ended = "tokens"
        return bool(self.done.ended)

    async def asked(
        self, model: Model, messages: list[dict[str, Any]], shown: list[dict[str, Any]], must_answer: bool
    ) -> Turn | None:
        try:
            with stage("turn"):
                turn = await model.turn(messages, shown, must_answer, self._left)
        except ModelUnavailable:
            if self._left > _SPARE_SECONDS:
                raise
            turn = None
        if turn is None:
            self.done.ended = "seconds"
            return None
        self.done.prompt_tokens += turn.prompt_tokens
        self.done.completion_tokens += turn.completion_tokens
        return turn

    async def step(self, one: ToolCall) -> str:
        """What the model is told of the call; the call is in `done.steps`."""
        began, arguments, told, error = time.monotonic(), _read(one.arguments), "", ""
        with stage("step"):
            if isinstance(arguments, str):
                error, arguments = arguments, {}
            elif (key := json.dumps([one.name, arguments], sort_keys=True)) in self._seen:
                error = AGAIN
            else:
                self._seen.add(key)
                found = await self._called(one.name, arguments)
                if isinstance(found, Refused):
                    error = found.sentence
                else:
                    told = self.done.materials.taken(found)
            milliseconds = round((time.monotonic() - began) * 1000, 1)
            name = _name(one.name)
            note(tool=name, characters=len(told), refused=bool(error))
        self.done.steps.append(Step(name, arguments, milliseconds, len(told), error))
        return told or json.dumps({"error": error}, ensure_ascii=False)

    async def _called(self, name: str, arguments: dict[str, Any]) -> dict[str, Any] | Refused:
        if self._left_for_tools <= 0:
            return Refused(LATE)
        try:
            work = call(self._tools, name, arguments, self._platform, self._may)
            return await asyncio.wait_for(work, self._left_for_tools)
        except asyncio.TimeoutError:
            return Refused(LATE)


def _read(written: str) -> dict[str, Any] | str:
    """The arguments, or why they are none."""
    if len(written) > ARGUMENT_CHARACTERS:
        return TOO_LONG
    try:
        found = json.loads(written or "{}")
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()  # half of a letter is no text
    except (ValueError, RecursionError):
        return NO_OBJECT
    return found if isinstance(found, dict) else NO_OBJECT


def _name(written: str) -> str:
    return re.sub(r"[^\w.-]", "_", written, flags=re.ASCII)[:64]


def _echo(one: ToolCall) -> dict[str, Any]:
    """The call as the model is shown it again: servers read the arguments, and fail over what is no JSON."""
    arguments = "{}" if isinstance(_read(one.arguments), str) else one.arguments or "{}"
    return {"id": one.id, "type": "function", "function": {"name": _name(one.name), "arguments": arguments}}
