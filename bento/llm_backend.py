"""The language model of this process: opened once, warmed up, asked through one bounded queue."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from fastapi import Request

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.gateway import load_llm
from aieco_assets.core.llm.interface import Piece
from aieco_assets.core.llm.llama_cpp import LocalLlm
from aieco_assets.core.llm.prompt import Message
from aieco_assets.core.settings import Settings
from bento import llm_metrics
from bento.backend import NotReady
from bento.cancellation import Heeding, while_connected
from bento.limits import WorkQueue

SECONDS = 300.0  # of one text, its wait for the model included
MOST_TOKENS = 512  # where a client names no limit, and there is room for them
WAITING = 32  # texts behind each that is written
_BEGAN = int(time.time())


@dataclass(frozen=True)
class Asked:
    """What a text is asked for. `max_tokens`: None for those that there is room for. `temperature` and `top_p`: None
    for those of the settings."""

    messages: Sequence[Message]
    max_tokens: int | None
    stop: Sequence[str] = ()
    temperature: float | None = None
    top_p: float | None = None


class LlmBackend:
    """The model that AIECO_LLM names: the packaged one, a GGUF file, or one of a hub; its layers on the GPU or the CPU.

    `refusal`: why it can't be opened, "" while it is not known. Texts are written one after another by llama.cpp, whose
    contexts take one at a time; more of them want vLLM.
    """

    def __init__(self, settings: Settings) -> None:
        if settings.llm_is_server:
            raise AiecoError(
                "AIECO_LLM names a server: this service is one, so name the model's file, or leave it out for the "
                "packaged model."
            )
        self._settings, self._llm, self.refusal = settings, cast("LocalLlm | None", None), ""
        self._opening = threading.Lock()
        self.texts = WorkQueue("texts", threads=lambda: self._llm.slots if self._llm else 1, waiting=WAITING)

    @property
    def ready(self) -> bool:
        return self._llm is not None

    @property
    def llm(self) -> LocalLlm:
        """Raises NotReady."""
        if self._llm is None:
            raise NotReady(self.refusal or "The model is being loaded: try again in a moment.")
        return self._llm

    def open(self) -> None:
        """Loads the model and has it write a word, so that the first to ask does not wait for that. Raises NotReady."""
        with self._opening:
            if self._llm is not None:
                return
            try:
                llm = cast("LocalLlm", load_llm(self._settings))
                llm.generate([{"role": "user", "content": "Say yes."}], max_tokens=1)
            except AiecoError as error:
                self.refusal = str(error)
                raise NotReady(self.refusal) from None
            self._llm = llm

    def close(self) -> None:
        self.texts.close()

    def card(self) -> dict[str, Any]:
        """The model as it is listed. With other weights it is another one, for whoever keeps its version."""
        llm = self.llm
        card = {"id": llm.name, "object": "model", "created": _BEGAN, "owned_by": "aieco", "sha256": llm.version}
        return {**card, "max_model_len": llm.context}

    async def write(self, request: Request, asked: Asked, told: Callable[[Piece], object]) -> Piece:
        """Has the text written; `told` gets its pieces, from another thread. Returns the last one, with the counts.

        Whoever leaves stops the model between two words.
        """
        llm = self._as_asked(asked)
        queued = time.monotonic()

        def work() -> Piece:
            began, first, last = time.monotonic(), 0.0, Piece("")
            llm_metrics.WAITED_SECONDS.observe(began - queued)
            most = asked.max_tokens or min(MOST_TOKENS, max(1, llm.room(asked.messages)))
            for last in Heeding(llm).stream(asked.messages, most, asked.stop):
                if last.text and not first:
                    first = time.monotonic()
                    llm_metrics.FIRST_SECONDS.observe(first - queued)
                told(last)
            llm_metrics.count(last, time.monotonic() - (first or began))
            return last

        who = request.scope.get("aieco.key", "local")
        return await while_connected(request, self.texts.run(work, SECONDS, who))

    async def pieces(self, request: Request, asked: Asked) -> AsyncIterator[Piece]:
        """The pieces as they are written; the last one has `finish`."""
        loop = asyncio.get_running_loop()
        come: asyncio.Queue[Piece | None] = asyncio.Queue()
        writing = asyncio.ensure_future(self.write(request, asked, partial(loop.call_soon_threadsafe, come.put_nowait)))
        writing.add_done_callback(lambda _: come.put_nowait(None))
        try:
            while (piece := await come.get()) is not None:
                yield piece
            writing.result()  # raises what the work raised
        finally:
            writing.cancel()

    def _as_asked(self, asked: Asked) -> LocalLlm:
        llm, config = self.llm, self.llm.config
        temperature = config.temperature if asked.temperature is None else asked.temperature
        top_p = config.top_p if asked.top_p is None else asked.top_p
        if (temperature, top_p) == (config.temperature, config.top_p):
            return llm
        return llm.drawing(temperature, top_p)
