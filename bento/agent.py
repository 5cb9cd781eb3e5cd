"""`POST /agent`: a question worked out in steps, by the tools of core/tools, as the key that asks may use them."""

from __future__ import annotations

import time
from functools import partial
from typing import Any, cast

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException

from aieco_assets.core.agent.answer import AgentAnswer, refuse_without_tools
from aieco_assets.core.agent.loop import MAX_TOKENS, Budget, work_out
from aieco_assets.core.contracts import Usage
from aieco_assets.core.errors import ModelUnavailable
from aieco_assets.core.llm.tool_calls import CallsTools, NoTools, Turn
from aieco_assets.core.monitoring.tracing import note, stage, trace_id
from aieco_assets.core.rag.understanding.question import checked_question
from aieco_assets.core.rag.understanding.small_talk import small_talk
from aieco_assets.core.tools.catalogue import OVER_HTTP
from bento import inputs, metrics, schemas
from bento.backend import NotReady
from bento.limits import Busy, Spent
from bento.mcp import PlatformOfRequest
from bento.request_queues import RequestQueues, TheQueues, outcome, reader_of


def add(app: FastAPI) -> None:
    @app.post(
        "/agent",
        summary="Work a question out in steps, with the tools that the key may use",
        tags=["questions"],
        responses={409: {"model": schemas.Problem, "description": "The model can't call tools."}},
    )
    async def post_agent(asked: inputs.AgentRequest, request: Request, queues: TheQueues) -> schemas.AgentResponse:
        if said := small_talk(asked.question):
            return schemas.AgentResponse.model_validate(AgentAnswer(await queues.say(request, said)).payload())
        try:
            found = await _worked_out(asked, request, queues)
        except NoTools as reason:
            raise HTTPException(409, str(reason)) from None
        except ModelUnavailable as reason:
            metrics.LLM_FAILURES.inc()
            raise NotReady(str(reason)) from None
        return schemas.AgentResponse.model_validate(found.payload())


async def _worked_out(asked: inputs.AgentRequest, request: Request, queues: RequestQueues) -> AgentAnswer:
    began, question, reader = time.monotonic(), checked_question(asked.question), reader_of(request)
    answerer = await queues.look_up(request, partial(queues.backend.answerer, reader))
    refuse_without_tools(answerer)
    model = _InTheQueue(queues, request, cast("CallsTools", answerer.llm))
    budget = Budget(asked.steps, asked.tokens, asked.seconds)
    with stage("agent", alone=True):
        trace = trace_id()
        may, platform = request.scope["aieco.may"], PlatformOfRequest(queues, request)
        worked = await work_out(question, model, OVER_HTTP, platform, may, budget)
        seconds = time.monotonic() - began
        work = partial(queues.backend.worked_out, question, worked, reader, trace, seconds)
        found = await queues.look_up(request, work)
        note(steps=len(found.steps), abstained=found.answer.abstained, ended=worked.ended)
    kind = "number" if found.numbers and not found.answer.citations else outcome(found.answer)
    await queues.told(request, question, found.answer, kind, seconds)
    return found


class _InTheQueue:
    """The model, whose turns wait for their turn like answers: between two of them others are answered."""

    def __init__(self, queues: RequestQueues, request: Request, llm: CallsTools) -> None:
        self._queues, self._request, self._llm = queues, request, llm

    async def turn(
        self, messages: list[dict[str, Any]], tools: list[dict[str, Any]], must_answer: bool, seconds: float
    ) -> Turn | None:
        work = partial(self._llm.turn, messages, tools, MAX_TOKENS, must_answer)
        try:
            turn = await self._queues.write(self._request, work, seconds)
        except Spent:
            raise
        except Busy as busy:
            if busy.reason != "deadline":
                raise
            return None
        read, wrote, price = turn.prompt_tokens, turn.completion_tokens, self._llm.price
        self._queues.spend(self._request, Usage(read, wrote, cost=price.of(read, wrote) if price else None))
        return turn
