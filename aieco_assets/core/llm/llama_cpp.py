"""A GGUF model through llama.cpp, on the CPU or with layers on the GPU."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from aieco_assets.core.errors import AiecoError, TextTooLong
from aieco_assets.core.llm.chat_template import ChatTemplate, template_of
from aieco_assets.core.llm.interface import Generation, Piece, collect
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.llm.model_files import ModelFile
from aieco_assets.core.llm.native_stderr import silent_stderr, tell_aborts
from aieco_assets.core.llm.price import Price
from aieco_assets.core.llm.processor import leave_out_amx
from aieco_assets.core.llm.prompt import Message

if TYPE_CHECKING:
    from llama_cpp import Llama


class LocalLlm:
    """One loaded model behind one lock: two threads inside one llama.cpp context crash the process.

    `template`: of `chat_template`, empty for the file's own. `context`: tokens that `config`
    names, at most those the model was trained on.
    """

    slots = 1

    def __init__(
        self,
        file: ModelFile,
        n_threads: int,
        n_gpu_layers: int,
        template: str,
        config: ModelConfig,
        price: Price | None,
    ) -> None:
        self.config, self.price = config, price
        self._file = file
        self._lock = threading.Lock()
        self._model = _open(file, n_ctx=config.n_ctx, threads=n_threads, n_gpu_layers=n_gpu_layers)
        read = _described(self._model, template, config.n_ctx)
        self.template, self.context, self._adds_bos = read.template, read.context, read.adds_bos
        self._stop = [mark for mark in (self.template.end, self.template.eos) if mark]

    @property
    def name(self) -> str:
        return self._file.name

    @property
    def version(self) -> str:
        return self._file.sha256

    @property
    def uri(self) -> str:
        return self._file.uri

    def drawing(self, temperature: float, top_p: float) -> LocalLlm:
        """The same loaded model, behind the same lock, that draws its words like this."""
        other = copy(self)
        other.config = replace(self.config, temperature=temperature, top_p=top_p)
        return other

    def room(self, messages: Sequence[Message]) -> int:
        """Tokens that can be written after a conversation; 0 or less where it is too long."""
        with self._lock:
            return self.context - len(self._tokens(messages))

    def _tokens(self, messages: Sequence[Message]) -> list[int]:
        text = self.template.render(messages)
        begins = self._adds_bos and not (self.template.bos and text.startswith(self.template.bos))
        return self._model.tokenize(text.encode("utf-8"), add_bos=begins, special=True)

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
            tokens = self._tokens(messages)
            if len(tokens) + max_tokens > self.context:
                more = f" and {max_tokens} are to be written" if len(tokens) < self.context else ""
                raise TextTooLong(
                    f"The text has {len(tokens)} tokens{more}; the model takes {self.context}: shorten it."
                )
            # Whatever is asked, the last token is read again.
            cached = self._model.longest_token_prefix(
                self._model.input_ids[: self._model.n_tokens].tolist(), tokens[:-1]
            )
            count, finish = 0, "stop"
            pieces = self._model.create_completion(
                tokens,
                max_tokens=max_tokens,
                temperature=self.config.temperature,
                top_p=self.config.top_p,
                seed=0,
                stop=[*self._stop, *stop],
                stream=True,
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
        yield Piece("", finish, len(tokens), count, cached)


@dataclass(frozen=True)
class Described:
    """How a file's model is spoken to. `adds_bos`: texts begin with the model's mark of a beginning."""

    template: ChatTemplate
    context: int
    adds_bos: bool


def describe(file: ModelFile, template: str, context: int) -> Described:
    """From the file's metadata and vocabulary, without its weights. Raises AiecoError for a file that is no GGUF, and
    for a template that can't be used."""
    return _described(_open(file, vocab_only=True), template, context)


def _described(model: Llama, template: str, context: int) -> Described:
    import llama_cpp

    told, vocabulary = model.metadata, llama_cpp.llama_model_get_vocab(model.model)
    assert vocabulary is not None

    def text(key: str) -> str:
        number = told.get(f"tokenizer.ggml.{key}_token_id", "")
        found = llama_cpp.llama_vocab_get_text(vocabulary, int(number)) if number.isdigit() else None
        return found.decode("utf-8", "replace") if found else ""

    marks = [
        llama_cpp.llama_vocab_get_text(vocabulary, number).decode("utf-8", "replace")
        for number in range(llama_cpp.llama_vocab_n_tokens(vocabulary))
        if llama_cpp.llama_vocab_is_control(vocabulary, number)
    ]
    trained = told.get(f"{told.get('general.architecture', '')}.context_length", "")
    most = min(context, int(trained)) if trained.isdigit() and int(trained) else context
    adds_bos = told.get("tokenizer.ggml.add_bos_token", "true" if told.get("tokenizer.ggml.model") == "llama" else "")
    found = template_of(template, told, marks, text("bos"), text("eos"))
    return Described(found, most, adds_bos == "true")


def _open(file: ModelFile, threads: int = 1, n_gpu_layers: int = 0, **more: Any) -> Llama:
    try:
        from llama_cpp import Llama, llama_supports_gpu_offload
    except (ImportError, RuntimeError, OSError) as error:
        raise AiecoError(f"llama-cpp-python can't be loaded ({error}): run `make setup`.") from None
    from jinja2 import TemplateError

    try:
        tell_aborts()
        leave_out_amx()
        with silent_stderr():
            return Llama(
                model_path=str(file.path),
                n_threads=threads,
                n_threads_batch=threads,
                # On an H100 up to a quarter more words a second and half more of a prompt. Texts of processors stay
                # as they were: thresholds were fitted to them.
                flash_attn=n_gpu_layers != 0 and llama_supports_gpu_offload(),
                n_gpu_layers=n_gpu_layers,
                seed=0,
                verbose=False,
                **more,
            )
    except TemplateError as error:  # llama-cpp-python reads the template, too, whoever writes the conversation
        raise AiecoError(
            f"The chat template in {file.path.name} can't be read ({error}): choose another AIECO_LLM."
        ) from None
    except (ValueError, AssertionError) as error:
        raise AiecoError(
            f"{file.path.name} can't be opened as a GGUF model ({error}): choose another AIECO_LLM."
        ) from None
