"""`aieco mcp`: the tools of core/tools over stdin and stdout, for whoever works at this machine."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import cached_property
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

from aieco_assets.core.contracts import ALL_DOCUMENTS, Answer, DocumentFilter, Hit, Page, Query, Reader
from aieco_assets.core.monitoring.graph_picture import GraphPicture
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.governance.access import Access
    from aieco_assets.core.rag.pipeline import Answerer
    from aieco_assets.core.serving.follower import Follower

T = TypeVar("T")


def serve(settings: Settings, reader: Reader | None) -> None:
    """Until stdin ends. `reader`: whose documents are read; None: all, by the operator."""
    from mcp.server.stdio import stdio_server

    from aieco_assets.core.tools.catalogue import TOOLS
    from aieco_assets.core.tools.protocol import mcp_server

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    platform = AtTheMachine(settings, reader)

    def stop() -> None:
        """A client that does not wait. The thread that reads stdin can't be ended, so the process is."""
        platform.close()
        os._exit(0)

    async def run() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, Thread(target=stop).start)
        server = mcp_server(TOOLS, lambda _: (lambda scope: True, platform))
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    try:
        asyncio.run(run())
    except Exception as error:  # a group of them, by anyio
        if not all(isinstance(one, BrokenPipeError) for one in getattr(error, "exceptions", [error])):
            raise
        stop()  # there is nobody to tell, and nothing to flush
    finally:
        platform.close()


class AtTheMachine:
    """The platform in this process, opened by the first call that needs it; one call works at a time."""

    def __init__(self, settings: Settings, reader: Reader | None) -> None:
        self._given, self._reader = settings, reader
        self._stack = ExitStack()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="aieco-mcp")

    def close(self) -> None:
        from aieco_assets.core.storage.pool import close_kept

        self._worker.shutdown(wait=True, cancel_futures=True)
        close_kept()
        self._stack.close()

    async def ask(self, query: Query) -> Answer:
        return await self._do(lambda: self._answer(query))

    async def search(self, question: str, k: int, wanted: DocumentFilter) -> list[Hit]:
        return await self._do(lambda: self._answerer().search(question, k, wanted))

    async def page(self, sha256: str, page: int) -> Page | None:
        return await self._do(lambda: self._page(sha256, page))

    async def predict(self, customer_ids: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
        return await self._do(lambda: self._predicted(customer_ids))

    async def look_up(self, work: Callable[[Settings], T]) -> T:
        return await self._do(lambda: work(self._opened))

    async def limited(self) -> bool:
        return self._reader is not None and await self._do(self._is_limited)

    async def graph(self) -> GraphPicture:
        return await self._do(self._graph)

    async def plan(self) -> dict[str, Any]:
        from aieco_assets.orchestrate.plan_report import planned

        return await self._do(lambda: planned(self._given))

    async def _do(self, work: Callable[[], T]) -> T:
        from aieco_assets.core.storage.postgres import kept_connections

        def worked() -> T:
            with kept_connections():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._worker, worked)

    @cached_property
    def _opened(self) -> Settings:
        """As the service: what it may not write, a tool can't."""
        from aieco_assets.core.stack.platform import open_platform
        from aieco_assets.core.storage.access import SERVICE, as_role

        return as_role(self._stack.enter_context(open_platform(self._given)), SERVICE)

    @cached_property
    def _access(self) -> Access:
        """Known without a model: not what waits for one."""
        from aieco_assets.core.governance.access import Access

        return Access(self._opened)

    @cached_property
    def _following(self) -> Follower:
        """Keeps up with what is published and promoted while this process lives."""
        from aieco_assets.core.rag.evidence.thresholds import champion_ways
        from aieco_assets.core.rag.pipeline import open_answerer
        from aieco_assets.core.serving.follower import Follower

        following = Follower(self._opened, open_answerer(self._opened, *champion_ways(self._opened)))
        following.start()
        self._stack.callback(following.close)
        return following

    def _answerer(self) -> Answerer:
        from aieco_assets.core.governance.readers import answerer_for

        return answerer_for(self._following.current().answerer, self._reader, self._access)

    def _answer(self, query: Query) -> Answer:
        """As `aieco ask` answers."""
        from aieco_assets.core.conversation import conversation
        from aieco_assets.core.knowledge.document_facts import with_documents
        from aieco_assets.core.metrics.answer import either, reply
        from aieco_assets.core.rag.understanding.question import checked_question
        from aieco_assets.orchestrate.ask import live_knowledge, note_asked

        talk = conversation(checked_question(query.question), query.history)
        asks_number = query.wanted == ALL_DOCUMENTS

        def knowledge() -> Any:
            return self._answerer().index.knowledge_version() if self._reader else live_knowledge(self._opened)

        number = reply(self._opened, talk.whole, knowledge) if asks_number else None

        def of_documents() -> Answer:
            return self._answerer().answer(query.question, query.k, talk.of_documents, query.wanted)

        answer = either(number, of_documents)
        note_asked(self._opened, answer)
        return with_documents(self._opened, answer)

    def _page(self, sha256: str, page: int) -> Page | None:
        from aieco_assets.core.governance.audit import record
        from aieco_assets.core.governance.audit_events import of_records, read_record
        from aieco_assets.core.registry.promotion import person

        try:
            found = self._answerer().index.page(sha256, page)
        except KeyError:
            return None
        record(self._opened, *of_records([read_record(self._opened, sha256, page, person())]))
        return found

    def _predicted(self, customer_ids: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
        from aieco_assets.core.customers.payload import plain
        from aieco_assets.core.customers.scoring import predict_customers

        ids = list(dict.fromkeys(customer_ids))
        known = {str(row["customer_id"]): row for row in predict_customers(self._opened, ids)}
        rows = [{name: plain(value) for name, value in known[one].items()} for one in ids if one in known]
        return rows, [one for one in ids if one not in known]

    def _is_limited(self) -> bool:
        return self._access.current().rules is not None

    def _graph(self) -> GraphPicture:
        from aieco_assets.defs.graph_picture import graph_picture
        from aieco_assets.orchestrate.instance import open_workplace

        with open_workplace(self._given) as place:
            return graph_picture(place.settings, place.instance, place.graph)
