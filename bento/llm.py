"""`bentoml serve bento.llm:AiecoLlm`: the language model as a service of its own, in OpenAI's shape.

The API service asks it where `AIECO_LLM=http://host:3002/v1` says so, and both scale apart. vLLM writes where it is
installed, many texts at once; else llama.cpp, with its layers on the GPU (AIECO_N_GPU_LAYERS=-1) or the CPU.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import Any

import bentoml
from bentoml.exceptions import BentoMLConfigException
from starlette.exceptions import HTTPException

from aieco_assets.core.errors import AiecoError
from bento import vllm_command
from bento.backend import NotReady
from bento.llm_app import create_llm_app
from bento.llm_backend import LlmBackend
from bento.middleware import Guard
from bento.startup_settings import address_of, keys_of, refuse_a_taken_port, refuse_to_be_open, settings_or_refuse

sys.setswitchinterval(0.0005)
settings = settings_or_refuse()
keys = keys_of(settings)
host = address_of(settings)
BY_VLLM = vllm_command.is_installed()
ON_GPU = BY_VLLM or settings.n_gpu_layers != 0
_service = partial(
    bentoml.service,
    name="aieco-llm",
    workers=1,
    resources={"gpu": 1} if ON_GPU else {},
    traffic={"timeout": 600},
    metrics={"enabled": False},
    tracing={"excluded_urls": ".*"},
)


class _Bound:
    @bentoml.on_deployment
    @staticmethod
    def refuse_to_start() -> None:
        refuse_to_be_open(host, keys)
        refuse_a_taken_port(host, settings.llm_port)


class ByVllm(_Bound):
    """vLLM's own server behind our guard."""

    def __command__(self) -> list[str]:
        return vllm_command.command(settings)


class ByLlamaCpp(_Bound):
    """One model through llama.cpp."""

    async def __is_ready__(self) -> bool:
        try:
            await asyncio.get_running_loop().run_in_executor(None, backend.open)
        except NotReady as reason:
            raise HTTPException(503, str(reason), headers={"Retry-After": "2"}) from None
        return True


at: Any = {"host": host, "port": settings.llm_port}
if BY_VLLM:
    at["proxy_port"] = settings.vllm_port
    AiecoLlm: Any = _service(http=at, endpoints={"livez": "/health"})(ByVllm)
else:
    try:
        backend = LlmBackend(settings)
    except AiecoError as error:
        raise BentoMLConfigException(str(error)) from None
    served = bentoml.asgi_app(create_llm_app(backend))(ByLlamaCpp)
    AiecoLlm = _service(http=at, endpoints={"livez": "/livez", "readyz": "/readyz"})(served)
only = vllm_command.ROUTES if BY_VLLM else frozenset()
AiecoLlm.add_asgi_middleware(Guard, keys=keys, per_minute=settings.requests_per_minute, only=only)
