"""The one owner of models, knowledge and connections in a worker; every thought is in core/."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aieco_assets.core.contracts import Answer, Hit, Page
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.embeddings.index import KnowledgeIndex
    from aieco_assets.core.metrics.answer import Reply
    from aieco_assets.core.rag.answer import Answerer

logger = logging.getLogger("aieco.service")

LOADING = "The models are loading: try again in a moment."
LOAD_SECONDS = 45.0  # a question that comes while the models load waits for them
RETRY_SECONDS = 2.0  # between two attempts to open, so that probes of an empty platform stay cheap
PINNED = Path(__file__).parent.parent / "champions.json"


class NotReady(Exception):
    """The service can't do this yet, and the sentence says why; answered with 503 and Retry-After."""


class Backend:
    """Opens the platform and the answerer once; says in one sentence why it can't yet.

    Thread-safe: requests come from several threads, `open` runs in one of them at a time.
    """

    def __init__(self, settings: Settings):
        self._given = settings
        self._settings: Settings | None = None
        self._answerer: Answerer | None = None
        self._stack = ExitStack()
        self._opening = threading.Lock()
        self._tried = float("-inf")
        self._reason = LOADING
        self.bento_tag: str | None = None

    @property
    def ready(self) -> bool:
        return self._answerer is not None

    def open(self, wait: float = 0.0) -> None:
        """Load what is missing. Raises NotReady when it can't, or when another thread loads longer than `wait` s."""
        if self._answerer is not None:
            return
        if not self._opening.acquire(timeout=wait):
            raise NotReady(LOADING)
        try:
            if self._answerer is None:
                self._open()
        finally:
            self._opening.release()

    def _open(self) -> None:
        if time.monotonic() - self._tried < RETRY_SECONDS:
            raise NotReady(self._reason)
        # Read when OpenMP is loaded. Its threads otherwise spin while they wait for each other: with anything else on
        # the machine, an answer then takes several times as long.
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        try:
            from aieco_assets.core.rag.answer import open_answerer
            from aieco_assets.core.rag.policy import champion_policy
            from aieco_assets.core.stack.platform import open_platform
            from aieco_assets.core.storage.access import SERVICE, as_role

            if self._settings is None:
                self._settings = as_role(self._stack.enter_context(open_platform(self._given)), SERVICE)
            self._answerer = open_answerer(self._settings, champion_policy(self._settings))
        except AiecoError as error:
            self._reason = str(error)
            raise NotReady(self._reason) from None
        except Exception as error:
            logger.exception("the service could not open its models")
            self._reason = "The service could not open its models: its log says why."
            raise NotReady(self._reason) from error
        finally:
            self._tried = time.monotonic()

    def close(self) -> None:
        self._answerer = None
        self._stack.close()

    def answer(self, question: str, k: int) -> Answer:
        """What the documents answer."""
        return self._current().answer(question, k=k)

    def number(self, question: str) -> Reply | None:
        """The governed metric that the question asks for, None when it asks for something else."""
        from aieco_assets.core.metrics.answer import reply
        from aieco_assets.core.metrics.warehouse import NoWarehouse

        try:
            return reply(self._platform(), question, lambda: self._current().index.knowledge_version())
        except NoWarehouse as reason:
            raise NotReady(str(reason)) from None

    def search(self, question: str, k: int) -> list[Hit]:
        return self._current().search(question, k)

    def page(self, sha256: str, page: int) -> Page | None:
        """A page of the live knowledge base, None when it holds no such page."""
        try:
            return self._current().index.page(sha256, page)
        except KeyError:
            return None

    def predict(self, customer_ids: list[str]) -> list[dict[str, Any]]:
        """What the champion expects of each customer that it knows; the others are left out."""
        settings = self._platform()
        self._import_registry()
        from aieco_assets.core.customers.scoring import predict_customers

        return predict_customers(settings, customer_ids)

    def store_feedback(self, trace_id: str, rating: str, reason: str | None) -> None:
        from aieco_assets.core.storage.postgres import connect

        warehouse = self._platform().warehouse
        try:
            connection = connect(warehouse)
        except AiecoError:
            raise NotReady("The warehouse does not answer: try again in a moment.") from None
        with connection:
            connection.execute(
                "insert into service.feedback (trace_id, rating, reason) values (%s, %s, %s)",
                (trace_id, rating, reason),
            )

    def version(self) -> dict[str, Any]:
        """What is loaded and what the registry calls champion, both by model name; and the live knowledge base."""
        settings = self._platform()
        self._import_registry()
        from aieco_assets.core.serving.champions import champions, loaded_models, read_pinned

        champion = champions(settings)
        return {
            "bento": self.bento_tag,
            "packed": read_pinned(PINNED),
            "served": loaded_models(settings, champion),
            "champion": {name: asdict(one) for name, one in champion.items()},
            "knowledge_base": self._current().index.knowledge_version() if self.ready else None,
        }

    def _current(self) -> Answerer:
        """The answerer over what is live now: a newly published knowledge base is taken up without a restart."""
        from aieco_assets.core.rag.answer import Answerer

        self.open(wait=LOAD_SECONDS)
        answerer = self._answerer
        assert answerer is not None
        published = cast("KnowledgeIndex", answerer.index)
        live = published.refresh()
        if live is not published:
            self._answerer = answerer = Answerer(live, answerer.embedder, answerer.llm, answerer.policy)
        return answerer

    def _import_registry(self) -> None:
        """MLflow imports itself in circles: two threads that import it at once get half a module."""
        with self._opening:
            import mlflow.tracking  # noqa: F401

    def _platform(self) -> Settings:
        """Settings with a Postgres behind them: all that predictions and feedback need."""
        if self._settings is None:
            self.open(wait=LOAD_SECONDS)
        assert self._settings is not None
        return self._settings
