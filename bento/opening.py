"""The platform and its models in this process: opened once, kept up with what is published, closed in the end."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, cast

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from bento.leaving import Heeding

if TYPE_CHECKING:
    from aieco_assets.core.embeddings.index import KnowledgeIndex
    from aieco_assets.core.monitoring.journal import Journal
    from aieco_assets.core.rag.answer import Answerer

logger = logging.getLogger("aieco.service")

LOADING = "The models are loading: try again in a moment."
LOAD_SECONDS = 45.0  # a question that comes while the models load waits for them
RETRY_SECONDS = 2.0  # between two attempts to open, so that probes of an empty platform stay cheap


class NotReady(Exception):
    """The service can't do this yet, and the sentence says why; answered with 503 and Retry-After."""


class Opening:
    """Opens the platform and the answerer once; says in one sentence why it can't yet.

    Thread-safe: requests come from several threads, `open` runs in one of them at a time. `journal`: where answers
    and predictions are written down, none before the platform is open.
    """

    def __init__(self, settings: Settings):
        self._given = settings
        self._settings: Settings | None = None
        self._answerer: Answerer | None = None
        self._stack = ExitStack()
        self._opening = threading.Lock()
        self._tried = float("-inf")
        self._reason = LOADING
        self.journal: Journal | None = None

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

            settings = self._opened()
            answerer = open_answerer(settings, champion_policy(settings))
            answerer.llm = Heeding(answerer.llm)
            self._answerer = answerer
        except AiecoError as error:
            self._reason = str(error)
            raise NotReady(self._reason) from None
        except Exception as error:
            logger.exception("the service could not open its models")
            self._reason = "The service could not open its models: its log says why."
            raise NotReady(self._reason) from error
        finally:
            self._tried = time.monotonic()

    def _opened(self) -> Settings:
        """The platform, opened at the first call, and the journal with it."""
        from aieco_assets.core.monitoring.journal import Journal
        from aieco_assets.core.stack.platform import open_platform
        from aieco_assets.core.storage.access import SERVICE, as_role

        if self._settings is None:
            self._settings = as_role(self._stack.enter_context(open_platform(self._given)), SERVICE)
            self.journal = Journal(self._settings)
        return self._settings

    def close(self) -> None:
        from aieco_assets.core.storage.kept import close_kept

        self._answerer = None
        close_kept()
        if self.journal is not None:
            self.journal.close()
        self._stack.close()

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
