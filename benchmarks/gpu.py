"""Tokens a second of llama.cpp on this machine's GPU and on its CPU, in one run (`python -m benchmarks llm-gpu`).

The model is the one that AIECO_LLM names; AIECO_N_THREADS: the CPU's threads. Left out where llama.cpp has no GPU.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.record import Result

PROMPTS, ROUNDS, WRITTEN = 6, 3, 128


@dataclass(frozen=True)
class Pace:
    """Tokens a second of reading prompts and of writing, the best of each prompt's rounds; and what was written."""

    read: float
    written: float
    texts: list[str]


def gpu() -> list[Result] | None:
    from llama_cpp import llama_supports_gpu_offload

    from aieco_assets.core.settings import Settings

    if not llama_supports_gpu_offload():
        return None
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as home:
        settings = Settings(home=Path(home), llm_context=4096)
        model, on_cpu = _pace(settings.model_copy(update={"n_gpu_layers": 0}))
        _, on_gpu = _pace(settings.model_copy(update={"n_gpu_layers": -1}))
    same = sum(mine == other for mine, other in zip(on_cpu.texts, on_gpu.texts, strict=True))
    name = f"{model}, "
    return [
        Result(f"{name}CPU with {settings.n_threads} threads, prompt tokens a second", on_cpu.read, "1/s"),
        Result(f"{name}CPU, written tokens a second", on_cpu.written, "1/s"),
        Result(f"{name}{_gpu_name()}, prompt tokens a second", on_gpu.read, "1/s"),
        Result(f"{name}GPU, written tokens a second", on_gpu.written, "1/s"),
        Result("  GPU faster at reading by", on_gpu.read / on_cpu.read, "x"),
        Result("  GPU faster at writing by", on_gpu.written / on_cpu.written, "x"),
        Result(f"  texts that are the same on both, of {PROMPTS}", same, ""),
    ]


def _pace(settings) -> tuple[str, Pace]:
    from aieco_assets.core.llm.gateway import open_llm
    from aieco_assets.core.llm.llama_cpp import LocalLlm
    from aieco_assets.core.llm.prompt import PACKAGED_PROMPT

    llm = open_llm(settings)
    assert isinstance(llm, LocalLlm)
    prompts = [PACKAGED_PROMPT.filled(f"What is said of day {day}?", [_text(day)]) for day in range(PROMPTS)]
    best, texts = [(float("inf"), float("inf"), 0, 0)] * PROMPTS, [""] * PROMPTS
    llm.generate(prompts[0], WRITTEN)
    for _ in range(ROUNDS):
        for place, messages in enumerate(prompts):
            llm._model.reset()  # or the prompt would be known from the last round
            began = time.perf_counter()
            *pieces, last = _timed(llm.stream(messages, WRITTEN))
            first, end = pieces[0][1] - began if pieces else last[1] - began, last[1]
            writing = end - pieces[0][1] if pieces else 0.0
            texts[place] = "".join(piece.text for piece, _ in pieces)
            read, wrote, *_ = best[place]
            best[place] = min(read, first), min(wrote, writing), last[0].prompt_tokens, len(pieces) - 1
    reading, writing, read, wrote = (sum(column) for column in zip(*best, strict=True))
    return llm.name, Pace(read / reading, wrote / writing, texts)


def _timed(stream) -> Sequence:
    return [(piece, time.perf_counter()) for piece in stream]


def _gpu_name() -> str:
    if not (asking := shutil.which("nvidia-smi")):
        return "GPU"
    told = subprocess.run([asking, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True)
    return told.stdout.split("\n")[0].strip() or "GPU"


def _text(day: int) -> str:
    return " ".join(f"On day {day} shelf {shelf} held {shelf * 7 + day} boxes of candles." for shelf in range(80))
