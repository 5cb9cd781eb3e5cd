"""The backend behind its queues, so that no request can take more of the machine than it is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from fastapi import Request
from starlette.exceptions import HTTPException

from aieco_assets.core.contracts import Answer
from aieco_assets.core.metrics.answer import either
from aieco_assets.core.metrics.question import parse
from bento import limits, metrics
from bento.backend import Backend
from bento.limits import WorkQueue

T = TypeVar("T")


def outcome(answer: Answer) -> str:
    """`abstained`, `number` (of the warehouse), `quoted` (the documents' words alone) or `verified` (the model's)."""
    if answer.abstained:
        return "abstained"
    if answer.metric:
        return "number"
    quotes = " ".join(" ".join(citation.quote for citation in answer.citations).split())
    return "quoted" if " ".join(answer.answer.split()) in quotes else "verified"


class Desk:
    """The backend behind its queues: one thread owns the LLM, two look things up while it is busy."""

    def __init__(self, backend: Backend):
        self.backend = backend
        self.answers = WorkQueue("answers", threads=1, waiting=8)
        self.lookups = WorkQueue("lookups", threads=2, waiting=32)

    async def answer(self, request: Request, question: str, k: int) -> Answer:
        number = await self.look_up(request, partial(self.backend.number, question)) if parse(question) else None
        if number is not None and number.sure:
            answer = number.answer
        else:
            work = partial(self.backend.answer, question, k)
            said = await self._ask(request, self.answers, work, limits.ANSWER_SECONDS)
            answer = either(number, lambda: said)
        metrics.ANSWERS.labels(outcome(answer)).inc()
        metrics.ANSWER_SECONDS.observe(answer.usage.latency_ms / 1000)
        metrics.TOKENS.labels("prompt").inc(answer.usage.prompt_tokens)
        metrics.TOKENS.labels("completion").inc(answer.usage.completion_tokens)
        metrics.KNOWLEDGE_VERSION.set(answer.knowledge_base.version)
        return answer

    async def look_up(self, request: Request, work: Callable[[], T]) -> T:
        return await self._ask(request, self.lookups, work, limits.LOOKUP_SECONDS)

    async def _ask(self, request: Request, queue: WorkQueue, work: Callable[[], T], seconds: float) -> T:
        try:
            return await _while_connected(request, queue.run(work, seconds))
        except limits.Busy as busy:
            metrics.REJECTED.labels(busy.reason).inc()
            raise

    def measure(self) -> None:
        for queue in (self.answers, self.lookups):
            metrics.IN_FLIGHT.labels(queue.name).set(queue.in_flight)
        metrics.READY.set(self.backend.ready)


async def _while_connected(request: Request, work: Awaitable[T]) -> T:
    """The result of `work`, which is cancelled when the client leaves: what waits in a queue is then not done."""
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            metrics.REJECTED.labels("client_left").inc()
            raise HTTPException(499, "The client left.")
        return working.result()
    finally:
        working.cancel()
        gone.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue
