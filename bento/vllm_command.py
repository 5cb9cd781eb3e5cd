"""vLLM's server as a child process, where it is installed (extra `vllm`): BentoML starts it and passes requests on."""

from __future__ import annotations

import shutil

from bentoml.exceptions import BentoMLConfigException

from aieco_assets.core.settings import PACKAGED, Settings

# What its server has beside these loads adapters, takes tokens for texts, or speaks for other kinds of models.
ROUTES = frozenset(
    {"/v1/models", "/v1/chat/completions", "/v1/completions", "/health", "/metrics", "/livez", "/readyz"}
)


def is_installed() -> bool:
    """Whether vLLM's command is there."""
    return shutil.which("vllm") is not None


def command(settings: Settings) -> list[str]:
    """The server for the model that AIECO_LLM names: an id of a hub, a folder, or a GGUF file.

    Raises BentoMLConfigException for a model that vLLM can't serve.
    """
    if settings.llm == PACKAGED or settings.llm_is_server:
        raise BentoMLConfigException(
            "vLLM serves a model of a hub or a folder: set AIECO_LLM to one, or take vLLM out to have llama.cpp write."
        )
    return [
        *("vllm", "serve", settings.llm),
        *("--host", "127.0.0.1", "--port", str(settings.vllm_port)),
        *("--max-model-len", str(settings.llm_context)),
        *(("--max-num-seqs", str(settings.llm_concurrency)) if settings.llm_concurrency else ()),
        *("--seed", "0", "--enable-prefix-caching"),
    ]
