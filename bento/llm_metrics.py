"""What Prometheus sees of the language model's service: tokens, their pace, the queue, reuse of prompts, GPU memory."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bento import metrics

if TYPE_CHECKING:
    from aieco_assets.core.llm.interface import Piece

REGISTRY = CollectorRegistry()
# Of the API service's registry: what the guard counts, and the process.
_SHARED = (
    "aieco_http_requests_total",
    *(f"aieco_http_request_seconds_{part}" for part in ("bucket", "count", "sum")),
    "aieco_rejected_total",
)
_SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

TOKENS = Counter(
    "aieco_llm_service_tokens",
    "Tokens of prompts, those of them that were read for the text before (cached), and written (completion).",
    ["kind"],
    registry=REGISTRY,
)
PACE = Histogram(
    "aieco_llm_service_tokens_per_second",
    "Written in each text, from its first token to its last.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    registry=REGISTRY,
)
WAITED_SECONDS = Histogram(
    "aieco_llm_service_wait_seconds", "Until the model began a text.", buckets=_SECONDS, registry=REGISTRY
)
FIRST_SECONDS = Histogram(
    "aieco_llm_service_first_token_seconds", "Until a text's first token.", buckets=_SECONDS, registry=REGISTRY
)
IN_FLIGHT = Gauge("aieco_llm_service_in_flight", "Texts that are written or wait.", registry=REGISTRY)
READY = Gauge("aieco_llm_service_ready", "1 when texts can be written.", registry=REGISTRY)
GPU_BYTES = Gauge(
    "aieco_llm_service_gpu_memory_bytes",
    "Of the first GPU that this process sees, used by all; no value without one.",
    ["kind"],
    registry=REGISTRY,
)
for _kind in ("prompt", "cached", "completion"):
    TOKENS.labels(_kind)


def count(last: Piece, seconds: float) -> None:
    """A text that is written, by its last piece. `seconds`: since its first token."""
    TOKENS.labels("prompt").inc(last.prompt_tokens)
    TOKENS.labels("cached").inc(last.cached_tokens)
    TOKENS.labels("completion").inc(last.completion_tokens)
    if last.completion_tokens > 1 and seconds > 0:
        PACE.observe(last.completion_tokens / seconds)


def exposition() -> bytes:
    """Everything counted so far, in Prometheus' text format."""
    _measure_gpu()
    return generate_latest(metrics.REGISTRY.restricted_registry(_SHARED)) + generate_latest(REGISTRY)


def _measure_gpu() -> None:
    import pynvml  # a dependency of BentoML

    with suppress(pynvml.NVMLError):
        pynvml.nvmlInit()
        memory = pynvml.nvmlDeviceGetMemoryInfo(pynvml.nvmlDeviceGetHandleByIndex(0))
        GPU_BYTES.labels("used").set(float(memory.used))
        GPU_BYTES.labels("total").set(float(memory.total))
