"""What the service can do, over the models and the knowledge that it owns; every thought is in core/."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aieco_assets.core.contracts import ALL_DOCUMENTS, Answer, DocumentFilter, Hit, Page, Query, Reader
from aieco_assets.core.errors import Abandoned, AiecoError, NoSuchDocument, Unavailable
from aieco_assets.core.monitoring.records import failure_record
from aieco_assets.core.settings import Settings
from bento.case_review import CaseReview
from bento.startup import NotReady

if TYPE_CHECKING:
    from aieco_assets.core.agent.answer import AgentAnswer
    from aieco_assets.core.agent.loop import Worked
    from aieco_assets.core.customers.history import History
    from aieco_assets.core.embeddings.index import KnowledgeIndex
    from aieco_assets.core.embeddings.reader_view import ReadableIndex
    from aieco_assets.core.metrics.answer import Reply
    from aieco_assets.core.rag.pipeline import Answerer

__all__ = ["Backend", "NotReady"]

logger = logging.getLogger("aieco.service")
T = TypeVar("T")

CHAMPION_SECONDS = 1.0  # how long a champion is not asked for again
PICTURES = 64  # kept, of some 100 kB each
PINNED = Path(__file__).parent.parent / "champions.json"


class Backend(CaseReview):
    """Answers, searches, predicts. Thread-safe: requests come from several threads."""

    def __init__(self, settings: Settings):
        super().__init__(settings)
        self._picture = lru_cache(maxsize=PICTURES)(self._draw)
        self._examples: tuple[int, list[str]] = (-1, [])
        self.bento_tag: str | None = None

    def answer(self, query: Query, conversation: str, told: Callable[[str], object] = lambda _: None) -> Answer:
        """What the documents answer, by the versions that the conversation gets. Raises AiecoError for a question that
        is none. `told`: is given each verified part of a text that a model writes."""
        from aieco_assets.core.knowledge.document_facts import with_documents
        from aieco_assets.core.rag.understanding.question import checked_question
        from aieco_assets.core.serving.answering import answer_by_share

        asked = replace(query, question=checked_question(query.question))
        following = self._followed()
        try:
            answer = answer_by_share(following, asked, conversation, told)
            return with_documents(self._settings, answer) if self._settings else answer
        except (NoSuchDocument, Abandoned):
            raise
        except AiecoError as reason:  # a model server that is away, a text too long for the model: not the client's
            self._failed(reason)
            raise NotReady(str(reason)) from None
        except Exception as error:
            self._failed(error)
            raise

    def _failed(self, error: Exception) -> None:
        """Counts among the answers of the day; nobody waits until it is written down."""
        if self.journal is not None:
            self.journal.append(failure_record(error))

    def said(self, sentence: str, reader: Reader | None = None) -> Answer:
        """A sentence that answers nothing, such as the one to a thank you, in the form of an answer."""
        from aieco_assets.core.rag.replies_without_search import unsearched

        return unsearched(sentence, self._of(reader).index.knowledge_version())

    def number(self, question: str, reader: Reader | None = None) -> Reply | None:
        """The governed metric that the question asks for, None when it asks for something else."""
        from aieco_assets.core.metrics.answer import reply
        from aieco_assets.core.metrics.warehouse import NoWarehouse

        try:
            return reply(self._platform(), question, lambda: self._of(reader).index.knowledge_version())
        except NoWarehouse as reason:
            raise NotReady(str(reason)) from None

    def or_proposed(self, question: str, silence: Answer) -> Answer:
        """A number of the warehouse instead of silence, where a model that writes answers takes the question for one
        and the catalogue bears it out; else the silence."""
        from aieco_assets.core.metrics.answer import or_proposed
        from aieco_assets.core.rag.generation.draft import WRITE

        answerer = self._current()
        if answerer.policy.mode != WRITE:
            return silence
        try:
            return or_proposed(self._platform(), question, silence, answerer.llm, answerer.models)
        except AiecoError as reason:
            logger.warning("no number is proposed: %s", reason)
            return silence

    def answerer(self, reader: Reader | None = None) -> Answerer:
        """What answers now, over what the reader may read: for who works a question out in steps."""
        return self._of(reader)

    def worked_out(
        self, question: str, worked: Worked, reader: Reader | None, trace: str, seconds: float
    ) -> AgentAnswer:
        """What stands of a worked-out answer, with its versions and what the cited documents say of themselves."""
        from aieco_assets.core.agent.answer import answer_of
        from aieco_assets.core.knowledge.document_facts import with_documents

        found = answer_of(question, worked, self._of(reader), trace, seconds)
        answer = replace(found.answer, versions=self._followed().current().numbers)
        return replace(found, answer=with_documents(self._platform(), answer))

    def search(
        self, question: str, k: int, wanted: DocumentFilter = ALL_DOCUMENTS, reader: Reader | None = None
    ) -> list[Hit]:
        return self._of(reader).search(question, k, wanted)

    def embed(self, texts: list[str]) -> list[list[float]]:
        """A vector of length 1 for each text, by the embedder that the knowledge base was made with."""
        return self._current().embedder.encode(texts).tolist()

    def model_names(self) -> dict[str, str]:
        """Name and version of the loaded models: `llm` and `embedder`."""
        return dict(self._current().models)

    def examples(self, reader: Reader | None = None) -> list[str]:
        """Questions that this knowledge base and this warehouse answer; worked out once per published version, and per
        set of documents where the reader may not read all."""
        from aieco_assets.core.evaluation.examples import example_questions, examples_for_readers

        answerer = self._of(reader)
        if answerer is not self._current():
            return examples_for_readers(self._platform(), cast("ReadableIndex", answerer.index), answerer)
        index = cast("KnowledgeIndex", answerer.index)
        if self._examples[0] != index.version:
            self._examples = (index.version, example_questions(self._platform(), index, answerer))
        return self._examples[1]

    def page(self, sha256: str, page: int, reader: Reader | None = None) -> Page | None:
        """A page of the live knowledge base, None when it holds no such page that the reader may read."""
        try:
            return self._of(reader).index.page(sha256, page)
        except KeyError:
            return None

    def note_read(self, sha256: str, page: int, who: str) -> None:
        """That a page was opened; nobody waits until it is written down."""
        from aieco_assets.core.governance.audit_events import read_record

        if self.journal is not None:
            self.journal.append(read_record(self._platform(), sha256, page, who))

    def picture(self, sha256: str, page: int, start: int, end: int, reader: Reader | None = None) -> bytes | None:
        """PNG of a page of a PDF with `text[start:end]` marked; None when `page` gives none, or it can't be drawn."""
        found = self.page(sha256, page, reader)
        if found is None or not found.document.lower().endswith(".pdf"):
            return None
        return self._picture(found, start, end)

    def _draw(self, page: Page, start: int, end: int) -> bytes | None:
        from aieco_assets.core.knowledge.lake import document_bytes
        from aieco_assets.core.knowledge.picture import NoPicture, page_picture

        try:
            return page_picture(document_bytes(self._platform(), page.sha256), page, start, end)
        except (NoPicture, AiecoError) as reason:
            logger.info("page %d of %s is shown as text: %s", page.page, page.sha256[:12], reason)
            return None

    def predict(self, customer_ids: list[str]) -> tuple[list[dict[str, Any]], str]:
        """What the champion expects of each customer that it knows, the others are left out; and the trace's id."""
        settings = self._platform()
        self._import_registry()
        from aieco_assets.core.customers.scoring import predict_customers
        from aieco_assets.core.monitoring.tracing import stage, trace_id
        from aieco_assets.core.registry.cache import champions_of_late

        try:
            with champions_of_late(CHAMPION_SECONDS), stage("predict", alone=True):
                return predict_customers(settings, customer_ids), trace_id()
        except Unavailable:
            raise
        except AiecoError as reason:  # no features yet, no champion yet: nothing that the client could mend
            raise NotReady(str(reason)) from None

    def history(self, customer_id: str) -> History | None:
        """What the customer has bought, by month; None for one who has not."""
        from aieco_assets.core.customers.history import purchase_history

        try:
            return purchase_history(self._platform(), customer_id)
        except Unavailable:
            raise
        except AiecoError as reason:
            raise NotReady(str(reason)) from None

    def looked_up(self, work: Callable[[Settings], T]) -> T:
        """What `work` reads of the warehouse and the registry, which it may not write."""
        settings = self._platform()
        self._import_registry()
        return work(settings)

    def version(self, reader: Reader | None = None) -> dict[str, Any]:
        """What is loaded and what the registry calls champion, both by model name; and the live knowledge base, as the
        reader sees it.

        Why a version is refused, and how a candidate did, is for the operator: reasons name golden questions and
        documents, and counts are of what everybody asked.
        """
        settings = self._platform()
        self._import_registry()
        from aieco_assets.core.contracts import RAG
        from aieco_assets.core.serving.champions import SERVED, champions, loaded_models, read_pinned

        champion, following = champions(settings, (*SERVED, RAG)), self.following
        served = loaded_models(settings, champion)
        return {
            "bento": self.bento_tag,
            "packed": read_pinned(PINNED),
            "served": served | following.served.described() if following else served,
            **(following.shown() if following and not self.limits(reader) else {}),
            "champion": {name: asdict(one) for name, one in champion.items()},
            "knowledge_base": self._of(reader).index.knowledge_version() if self.ready else None,
            "agent": self.ready and getattr(self._current().llm, "calls_tools", False),
        }
