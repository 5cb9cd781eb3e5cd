"""Questions to begin with: such as this knowledge base and this warehouse really answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import KnowledgeVersion
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.interface import Generation, Piece
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.rag.pipeline import Answerer
from aieco_assets.core.settings import Settings
from aieco_assets.core.storage.postgres import connect

if TYPE_CHECKING:
    from aieco_assets.core.embeddings.index import KnowledgeIndex
    from aieco_assets.core.embeddings.reader_view import ReadableIndex
    from aieco_assets.core.llm.prompt import Message

OF_DOCUMENTS, OF_WAREHOUSE = 3, 2
_LONGEST, _TRIED = 90, 12
# Answered correctly when this very version was evaluated; the shortest of each document.
_GOLDEN = """
    select distinct on (citations -> 0 ->> 'document') question
    from evaluation.rag_questions join evaluation.rag_runs using (fingerprint)
    where kind = 'golden' and knowledge_version = %s and correct and not unanswerable and length(question) <= %s
    order by citations -> 0 ->> 'document', length(question)
"""


class Silent:
    """No language model: an answer then consists of quotes, and abstains exactly where one would with a model."""

    name, version, slots, price = "none", "", 1, None
    config = ModelConfig()

    def generate(self, messages: Sequence[Message], max_tokens: int = 64, stop: Sequence[str] = ()) -> Generation:
        return Generation("", 0, 0)

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
        yield Piece("", "stop")


SILENT = Silent()


def example_questions(settings: Settings, index: KnowledgeIndex, answerer: Answerer) -> list[str]:
    """At most five, of the documents and then of the warehouse; fewer where little is there, none where nothing is.

    Golden questions that were answered correctly come first; without any, headings are made into questions, and those
    are kept that have an answer.
    """
    documents = _golden(settings, index.version) or heading_questions(index, answerer)
    return [*documents[:OF_DOCUMENTS], *_of_warehouse(settings)]


def examples_for_readers(settings: Settings, index: ReadableIndex, answerer: Answerer) -> list[str]:
    """The same for who reads some documents: of these alone, worked out once. Golden questions are left out, for
    whether one was answered correctly is known of all documents together."""
    found = index.kept.get("examples")
    if found is None:
        found = index.kept["examples"] = heading_questions(index, answerer)
    return [*found[:OF_DOCUMENTS], *_of_warehouse(settings)]


def _golden(settings: Settings, version: int) -> list[str]:
    from psycopg import Error

    try:
        with connect(settings.warehouse) as connection:
            rows = connection.execute(_GOLDEN, (version, _LONGEST)).fetchall()
    except (AiecoError, Error):
        return []
    return sorted((question for (question,) in rows), key=len)


def heading_questions(index: KnowledgeIndex | ReadableIndex, answerer: Answerer) -> list[str]:
    """At most three questions made of headings that the documents answer, tried without the model."""
    quoting = answerer.having(SILENT, answerer.policy, answerer.prompt)
    found: list[str] = []
    for heading in index.headings(_TRIED):
        topic = " ".join(heading.split()).strip(" .:?!")
        question = f"What do the documents say about {topic[:1].lower() + topic[1:]}?"
        if any(map(str.isalpha, topic)) and len(question) <= _LONGEST and not quoting.answer(question).abstained:
            found.append(question)
        if len(found) == OF_DOCUMENTS:
            break
    return found


def _of_warehouse(settings: Settings) -> list[str]:
    from aieco_assets.core.metrics.answer import reply
    from aieco_assets.core.metrics.catalog import METRICS

    found: list[str] = []
    for metric in METRICS.values():
        try:
            said = reply(settings, metric.example, lambda: KnowledgeVersion(0, None))
        except AiecoError:
            return []
        if said is not None and not said.answer.abstained:
            found.append(metric.example)
        if len(found) == OF_WAREHOUSE:
            break
    return found
