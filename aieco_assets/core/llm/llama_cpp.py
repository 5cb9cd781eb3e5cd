"""A GGUF model through llama.cpp, on the CPU or with layers on the GPU."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, cast

from aieco_assets.core.errors import AiecoError
from aieco_assets.core.llm.gateway import Generation, Piece, collect
from aieco_assets.core.llm.model_files import ModelFile
from aieco_assets.core.llm.prompt import Message, chatml
from aieco_assets.core.llm.quiet import silent_stderr

if TYPE_CHECKING:
    from llama_cpp import Llama

_CONTEXT = 2048
_END = "<|im_end|>"


class LocalLlm:
    """One loaded model behind one lock: two threads inside one llama.cpp context crash the process."""

    def __init__(self, file: ModelFile, n_threads: int, n_gpu_layers: int) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._model = _load(file, n_threads, n_gpu_layers)

    @property
    def name(self) -> str:
        return self._file.name

    @property
    def version(self) -> str:
        return self._file.sha256

    @property
    def uri(self) -> str:
        return self._file.uri

    def generate(self, messages: Sequence[Message], max_tokens: int = 64, stop: Sequence[str] = ()) -> Generation:
        return collect(self.stream(messages, max_tokens, stop))

    def stream(
        self,
        messages: Sequence[Message],
        max_tokens: int = 64,
        stop: Sequence[str] = (),
        cancelled: threading.Event | None = None,
    ) -> Iterator[Piece]:
        with self._lock:
            tokens = self._model.tokenize(chatml(messages).encode("utf-8"), add_bos=False, special=True)
            if len(tokens) + max_tokens > _CONTEXT:
                raise AiecoError(f"The text has {len(tokens)} tokens; the model takes {_CONTEXT}: shorten it.")
            count, finish = 0, "stop"
            pieces = self._model.create_completion(
                tokens, max_tokens=max_tokens, temperature=0.0, seed=0, stop=[_END, *stop], stream=True
            )
            for piece in cast(Iterator[dict[str, Any]], pieces):
                if cancelled is not None and cancelled.is_set():
                    finish = "cancelled"
                    break
                choice = piece["choices"][0]
                finish = choice["finish_reason"] or finish
                if choice["text"]:
                    count += 1
                    yield Piece(choice["text"])
        yield Piece("", finish, len(tokens), count)


def _load(file: ModelFile, n_threads: int, n_gpu_layers: int) -> Llama:
    try:
        from llama_cpp import Llama
    except (ImportError, RuntimeError, OSError) as error:
        raise AiecoError(f"llama-cpp-python can't be loaded ({error}): run `make setup`.") from None
    try:
        with silent_stderr():
            return Llama(
                model_path=str(file.path),
                n_ctx=_CONTEXT,
                n_threads=n_threads,
                n_threads_batch=n_threads,
                n_gpu_layers=n_gpu_layers,
                seed=0,
                verbose=False,
            )
    except ValueError as error:
        raise AiecoError(
            f"{file.path.name} can't be opened as a GGUF model ({error}): choose another AIECO_LLM."
        ) from None
