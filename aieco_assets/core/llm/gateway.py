"""The one gateway to a language model: packaged, a local GGUF, a hub file, or an OpenAI-compatible server."""

from __future__ import annotations

import atexit
import threading
from dataclasses import replace

from aieco_assets.core.contracts import ModelIdentity
from aieco_assets.core.llm.budget import limits_of
from aieco_assets.core.llm.interface import Llm
from aieco_assets.core.llm.model_config import ModelConfig
from aieco_assets.core.llm.price import price_of
from aieco_assets.core.settings import PACKAGED, Settings

_loaded: dict[tuple, Llm] = {}
_loading = threading.Lock()


def load_llm(settings: Settings, or_later: bool = False) -> Llm:
    """The model that `AIECO_LLM` names, loaded once per process.

    Raises AiecoError when the wheel or file is missing, the file is not the pinned one, or the id is not understood;
    ModelUnavailable for a server that is away, unless `or_later`: then that is asked for with each text until it comes.
    """
    key = (
        *(settings.llm, settings.llm_template, settings.llm_context),
        *(settings.n_gpu_layers, settings.n_threads, str(settings.home)),
        *(ModelConfig.named(settings), limits_of(settings), price_of(settings)),
    )
    with _loading:
        if key not in _loaded:
            if not _loaded:
                atexit.register(_loaded.clear)  # llama.cpp must be let go before the interpreter takes its modules
            _loaded[key] = open_llm(settings, or_later)
        return _loaded[key]


def forget_llm(version: str, uri: str) -> None:
    """Keeps the model no longer for those who load it later: its memory goes with the last who uses it."""
    with _loading:
        for key in [key for key, one in _loaded.items() if (one.version, getattr(one, "uri", "")) == (version, uri)]:
            del _loaded[key]


def llm_identity(settings: Settings) -> ModelIdentity:
    """What `AIECO_LLM` names, without loading it. Raises AiecoError like `load_llm`."""
    if settings.llm_is_server:
        from aieco_assets.core.llm.server_client import without_secrets

        address, _, model = settings.llm.partition("#")
        shown = without_secrets(address)
        return ModelIdentity(model or shown, f"{shown}#{model}" if model else shown, "")
    from aieco_assets.core.llm.model_files import locate

    file = locate(settings.llm, settings.home)
    return ModelIdentity(file.name, file.uri, file.sha256)


def answers(settings: Settings, identity: ModelIdentity) -> ModelIdentity:
    """The identity of a model that is fit to be registered: of a server with the model that it answers with now, so
    that another model is another version. Raises AiecoError when it answers nothing."""
    if not settings.llm_is_server:
        return identity
    llm = open_llm(settings)
    llm.generate([{"role": "user", "content": "Say yes."}], max_tokens=4)
    return replace(identity, name=llm.name, uri=getattr(llm, "uri", identity.uri))


def spoken_to(settings: Settings) -> tuple[str, int] | None:
    """(chat template, context in tokens) of the model in a file, without its weights; None for a server's.

    Raises AiecoError like `load_llm`.
    """
    if settings.llm_is_server:
        return None
    from aieco_assets.core.llm.llama_cpp import describe
    from aieco_assets.core.llm.model_files import locate

    found = describe(locate(settings.llm, settings.home), _template(settings), settings.llm_context)
    return found.template.name, found.context


def _template(settings: Settings) -> str:
    """AIECO_LLM_TEMPLATE is about another model; the packaged one's own adds a system message, which we bring."""
    return "chatml" if settings.llm == PACKAGED else settings.llm_template


def open_llm(settings: Settings, or_later: bool = False) -> Llm:
    """The model that `AIECO_LLM` names, loaded anew for the caller alone. Raises AiecoError like `load_llm`."""
    if settings.llm_is_server:
        from aieco_assets.core.llm.openai_server import ServerLlm

        return ServerLlm(settings.llm, ModelConfig.named(settings), limits_of(settings), price_of(settings), or_later)
    from aieco_assets.core.llm.llama_cpp import LocalLlm
    from aieco_assets.core.llm.model_files import locate

    file = locate(settings.llm, settings.home)
    if settings.llm == PACKAGED and settings.n_gpu_layers == 0:
        from aieco_assets.core.llm.requantize import for_processors

        file = replace(file, path=for_processors(file, settings.home))
    config, price = ModelConfig.named(settings), price_of(settings)
    return LocalLlm(file, settings.n_threads, settings.n_gpu_layers, _template(settings), config, price)
