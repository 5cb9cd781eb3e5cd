"""The backend behind its queues, so that no request can take more of the machine than it is given; and its journal."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from aieco_assets.core.contracts import ALL_DOCUMENTS, CHAMPION, Answer, Query, Reader, Usage
from aieco_assets.core.conversation import conversation
from aieco_assets.core.metrics.answer import either
from aieco_assets.core.metrics.question import parse
from aieco_assets.core.monitoring.records import answer_record, feedback_record, prediction_record
from aieco_assets.core.rag.seal import seal
from aieco_assets.core.rag.understanding.question import checked_question
from aieco_assets.core.rag.understanding.small_talk import small_talk
from aieco_assets.core.serving.shadow import Shadow, Shadowed
from aieco_assets.core.storage.postgres import kept_connections
from bento import limits, metrics
from bento.backend import Backend, NotReady
from bento.cancellation import while_connected
from bento.limits import WorkQueue
from bento.streaming import Told

logger = logging.getLogger("aieco.service")
T = TypeVar("T")
CONVERSATION = "x-conversation-id"


def outcome(answer: Answer) -> str:
    """`abstained`, `number` (of the warehouse), `quoted` (the documents' words alone) or `verified` (the model's)."""
    if answer.abstained or answer.metric:
        return "abstained" if answer.abstained else "number"
    return seal(answer.answer, [citation.quote for citation in answer.citations])


@dataclass(frozen=True)
class Predicted:
    """Predictions in the order asked, and the ids that have none."""

    rows: list[dict[str, Any]]
    unknown: list[str]
    trace_id: str


class RequestQueues:
    """The backend behind its queues: as many answers at once as the LLM takes, two look-ups while it is busy."""

    def __init__(self, backend: Backend):
        self.backend = backend
        self.answers = WorkQueue("answers", threads=lambda: backend.slots, waiting=8)
        self.lookups = WorkQueue("lookups", threads=2, waiting=16)
        self.shadow = Shadow(
            following=lambda: backend.following,
            idle=lambda: self.answers.in_flight == 0,
            alone=limits.while_quiet,
            keep=self._keep,
            count=lambda what: metrics.SHADOWS.labels(what).inc(),
        )

    async def answer(self, request: Request, query: Query, told: Told = lambda _: None) -> Answer:
        """One answer, written down before it leaves. Where documents are named no number of the warehouse answers.

        `told`: is given each verified part of what a model writes. Raises AiecoError for a question that is none.
        """
        if said := small_talk(query.question):
            return await self.say(request, said)
        began = time.monotonic()
        query = replace(query, question=checked_question(query.question), reader=reader_of(request))
        answer = await self._answered(request, query, told)
        self.spend(request, answer.usage)
        await self.told(request, query.question, answer, outcome(answer), time.monotonic() - began)
        if answer.arm == CHAMPION and not answer.metric:
            self.shadow.offer(Shadowed(query, _who(request), answer), self.backend.shadow_share)
        return answer

    async def told(self, request: Request, question: str, answer: Answer, kind: str, seconds: float) -> None:
        """Counts an answer and writes it down."""
        metrics.ANSWERS.labels(kind).inc()
        metrics.ARMS.labels(answer.arm, kind).inc()
        metrics.LLM_FAILURES.inc(answer.model_failed)
        metrics.ANSWER_SECONDS.observe(seconds)
        metrics.KNOWLEDGE_VERSION.set(answer.knowledge_base.logged)
        await self._note(answer_record(answer, question, kind, _who(request), seconds))

    async def answer_again(self, request: Request, question: str) -> Answer:
        """What is answered to a question that somebody looks at and does not ask: the log has no row of it."""
        query = Query(checked_question(question), reader=reader_of(request))
        answer = await self._answered(request, query, lambda _: None)
        self.spend(request, answer.usage)
        return answer

    async def _answered(self, request: Request, query: Query, told: Told) -> Answer:
        talk = conversation(query.question, query.history)
        asks_number = query.wanted == ALL_DOCUMENTS and parse(talk.whole)
        number = (
            await self.look_up(request, partial(self.backend.number, talk.whole, query.reader)) if asks_number else None
        )
        if number is not None and number.sure:
            return number.answer
        begun = _conversation(request, [*query.history, query.question][0])
        work = partial(self.backend.answer, replace(query, history=talk.of_documents), begun, told)
        said = await self.write(request, work, limits.ANSWER_SECONDS)
        answer = either(number, lambda: said)
        if answer is said and said.abstained and not said.model_failed and query.wanted == ALL_DOCUMENTS:
            work = partial(self.backend.or_proposed, talk.whole, said)
            answer = await self._ask(request, self.answers, work, limits.ANSWER_SECONDS)
        return answer

    async def write(self, request: Request, work: Callable[[], T], seconds: float) -> T:
        """Work of the language model, as far as the key has tokens left of the day."""
        if wait := self.backend.tokens.wait(_who(request)):
            metrics.REJECTED.labels("budget").inc()
            raise limits.Spent("This key has used its tokens of the day: wait.", "budget", wait)
        return await self._ask(request, self.answers, work, seconds)

    async def say(self, request: Request, sentence: str) -> Answer:
        """A sentence to what asks nothing of the documents: not searched, nothing cited, no row of the answers' log."""
        metrics.ANSWERS.labels("unsearched").inc()
        return await self.look_up(request, partial(self.backend.said, sentence, reader_of(request)))

    def spend(self, request: Request, usage: Usage) -> None:
        """Of the tokens that the key has for the day."""
        who = _who(request)
        metrics.TOKENS.labels("prompt", who).inc(usage.prompt_tokens)
        metrics.TOKENS.labels("completion", who).inc(usage.completion_tokens)
        metrics.COST.labels(who).inc(usage.cost or 0)
        self.backend.tokens.spend(who, usage.prompt_tokens + usage.completion_tokens)

    async def predict(self, request: Request, customer_ids: list[str]) -> Predicted:
        """Predictions, written down without saying whose."""
        began = time.monotonic()
        ids = list(dict.fromkeys(customer_ids))
        rows, trace_id = await self.look_up(request, partial(self.backend.predict, ids))
        known = {str(row["customer_id"]): row for row in rows}
        unknown = [one for one in ids if one not in known]
        models = {str(row["model_name"]): str(row["model_version"]) for row in rows if "model_name" in row}
        seconds = time.monotonic() - began
        metrics.PREDICTIONS.inc(len(known))
        await self._note(prediction_record(trace_id, models, len(known), len(unknown), _who(request), seconds))
        return Predicted([known[one] for one in ids if one in known], unknown, trace_id)

    async def rate(self, trace_id: str, rating: str, reason: str | None) -> None:
        """Written down whether or not the answer is known: it may not have reached Postgres yet."""
        if self.backend.journal is None:
            raise NotReady("The platform is being opened: try again in a moment.")
        try:
            await asyncio.wrap_future(self.backend.journal.append(feedback_record(trace_id, rating, reason)))
        except OSError:
            logger.exception("a rating could not be written down")
            raise NotReady("The rating could not be written down: try again later.") from None
        metrics.FEEDBACK.labels(rating).inc()

    @staticmethod
    def who(request: Request) -> str:
        """Name of the key that asks."""
        return _who(request)

    async def look_up(self, request: Request, work: Callable[[], T]) -> T:
        return await self._ask(request, self.lookups, work, limits.LOOKUP_SECONDS)

    async def _ask(self, request: Request, queue: WorkQueue, work: Callable[[], T], seconds: float) -> T:
        try:
            return await while_connected(request, queue.run(partial(_with_kept, work), seconds, _who(request)))
        except limits.Busy as busy:
            metrics.REJECTED.labels(busy.reason).inc()
            raise

    async def _note(self, record: dict[str, Any]) -> None:
        """On disk before the client has its answer: so none that it saw is missing, whatever happens to this process.

        A full disk costs the row, not the answer, and is counted.
        """
        assert self.backend.journal is not None
        try:
            await asyncio.wrap_future(self.backend.journal.append(record))
        except OSError:
            metrics.UNLOGGED.inc()
            logger.exception("an answer could not be written down")

    def _keep(self, one: Shadowed, answer: Answer) -> None:
        """The row of an answer that nobody sees. A full disk loses it, as it may lose others."""
        assert self.backend.journal is not None
        kind = outcome(answer)
        metrics.ARMS.labels(answer.arm, kind).inc()
        milliseconds = answer.usage.latency_ms
        self.backend.journal.append(
            answer_record(answer, one.query.question, kind, one.who, milliseconds / 1000, seen=one.seen)
        )

    def measure(self) -> None:
        for queue in (self.answers, self.lookups):
            metrics.IN_FLIGHT.labels(queue.name).set(queue.in_flight)
        metrics.READY.set(self.backend.ready)
        if following := self.backend.following:
            metrics.follow(following)
        if self.backend.journal is not None:
            metrics.SPOOL.set(self.backend.journal.waiting_bytes)


async def desk_of(request: Request) -> RequestQueues:
    return request.app.state.queues


TheQueues = Annotated[RequestQueues, Depends(desk_of)]


def _who(request: Request) -> str:
    """Name of the key that asks."""
    return request.scope.get("aieco.key", "local")


def reader_of(request: Request) -> Reader | None:
    """Who asks, whose documents are then read; None for the operator. The guard says so."""
    return request.scope.get("aieco.reader")


def _conversation(request: Request, begun_with: str) -> str:
    """By the client's header, else by its first question: what keeps a conversation with one version."""
    return f"{_who(request)}\0{request.headers.get(CONVERSATION, begun_with)}"


def _with_kept(work: Callable[[], T]) -> T:
    with kept_connections():
        return work()
