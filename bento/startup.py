"""The platform and its models in this process: opened once, kept up with the registry and with what is published."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import Reader
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.settings import Settings
from bento.cancellation import Heeding
from bento.quota import DAY, Quota

if TYPE_CHECKING:
    from aieco_assets.core.monitoring.journal import Journal
    from aieco_assets.core.rag.pipeline import Answerer
    from aieco_assets.core.serving.follower import Follower

logger = logging.getLogger("aieco.service")

LOADING = "The models are loading: try again in a moment."
LOAD_SECONDS = 45.0  # a question that comes while the models load waits for them
RETRY_SECONDS = 2.0  # between two attempts to open, so that probes of an empty platform stay cheap


class NotReady(Exception):
    """The service can't do this yet, and the sentence says why; answered with 503 and Retry-After."""


class Startup:
    """Opens the platform and the answerer once; says in one sentence why it can't yet.

    Thread-safe: requests come from several threads, `open` runs in one of them at a time. `journal`: where answers
    and predictions are written down, none before the platform is open. `following`: what answers, none before that.
    `tokens`: of the language model, what each key may still use.
    """

    def __init__(self, settings: Settings):
        self._given = settings
        self._settings: Settings | None = None
        self.following: Follower | None = None
        self._stack = ExitStack()
        self._opening, self._importing = threading.Lock(), threading.Lock()
        self._tried = float("-inf")
        self._reason = LOADING
        self.journal: Journal | None = None
        self.tokens = Quota(settings.tokens_per_day, seconds=DAY)

    @property
    def shadow_share(self) -> float:
        """Of the questions, that a candidate answers too."""
        return self._given.shadow_share

    @property
    def slots(self) -> int:
        """Questions that the language model which answers now takes at once."""
        return self.following.served.answerer.llm.slots if self.following else self._given.llm_slots

    @property
    def ready(self) -> bool:
        return self.following is not None

    def open(self, wait: float = 0.0) -> None:
        """Load what is missing. Raises NotReady when it can't, or when another thread loads longer than `wait` s."""
        if self.following is not None:
            return
        if not self._opening.acquire(timeout=wait):
            raise NotReady(LOADING)
        try:
            if self.following is None:
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
            from aieco_assets.core.llm.gateway import load_llm
            from aieco_assets.core.rag.evidence.thresholds import champion_ways
            from aieco_assets.core.rag.pipeline import open_answerer
            from aieco_assets.core.serving.follower import Follower
            from aieco_assets.core.text import language

            settings = self._opened()
            self._import_registry()
            language.load()
            load_llm(settings, or_later=True)  # a server that is away is no reason not to answer with quotes
            answerer = open_answerer(settings, *champion_ways(settings))
            answerer.llm = Heeding(answerer.llm)
            following = Follower(settings, answerer, dress=Heeding, prepare=self._import_registry)
            following.start()
            self.following = following
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
        from aieco_assets.core.serving.spent_tokens import spent_tokens
        from aieco_assets.core.stack.platform import open_platform
        from aieco_assets.core.storage.access import SERVICE, as_role

        if self._settings is None:
            self._settings = as_role(self._stack.enter_context(open_platform(self._given)), SERVICE)
        if self.journal is None:
            if self._given.tokens_per_day:
                self.tokens.restore(spent_tokens(self._settings, 2 * DAY))  # what was overdrawn lasts beyond a day
            self.journal = Journal(self._settings)
        return self._settings

    def close(self) -> None:
        from aieco_assets.core.storage.pool import close_kept

        if self.following is not None:
            self.following.close()
            self.following = None
        close_kept()
        if self.journal is not None:
            self.journal.close()
        self._stack.close()

    def _followed(self) -> Follower:
        self.open(wait=LOAD_SECONDS)
        assert self.following is not None
        return self.following

    def _current(self) -> Answerer:
        """The answerer over what is live now: new champions and a new knowledge base are taken up without a restart."""
        return self._followed().current().answerer

    def _of(self, reader: Reader | None) -> Answerer:
        """The answerer over what of that the reader may read now."""
        from aieco_assets.core.governance.readers import answerer_for

        following = self._followed()
        return answerer_for(following.current().answerer, reader, following.access)

    def limits(self, reader: Reader | None) -> bool:
        """Whether there are rules that may keep something from the reader."""
        return reader is not None and self._followed().access.current().rules is not None

    def _import_registry(self) -> None:
        """MLflow imports itself in circles: two threads that import it at once get half a module."""
        with self._importing:
            import mlflow.tracking  # noqa: F401

    def _platform(self) -> Settings:
        """Settings with a Postgres behind them: all that predictions and feedback need."""
        if self._settings is None:
            self.open(wait=LOAD_SECONDS)
        assert self._settings is not None
        return self._settings
