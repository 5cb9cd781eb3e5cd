"""What this machine's GPU makes beside its CPU, in one run: llama.cpp's tokens, and the embedder's chunks, a second.

`python -m benchmarks llm-gpu embedder-gpu`. The models are those that AIECO_LLM and AIECO_EMBEDDER name;
AIECO_N_THREADS: the CPU's threads. Left out where llama.cpp, or torch, has no GPU.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.record import Result

PROMPTS, ROUNDS, WRITTEN = 6, 2, 128
CHUNKS, CHUNKS_ON_CPU = 8192, 2048


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
        # No layers on the GPU is not all: llama.cpp reads long prompts there as long as it sees one.
        apart = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=apart, initializer=_see_no_gpu) as pool:
            model, on_cpu = pool.submit(_pace, settings.model_copy(update={"n_gpu_layers": 0})).result()
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


def embedder() -> list[Result] | None:
    """Chunks a second as this machine's own way computes them, and through torch on its GPU; and how alike they are."""
    import numpy as np

    from aieco_assets.core.embeddings.bert_encoder import BertEncoder
    from aieco_assets.core.embeddings.torch_encoder import TorchEncoder, gpu_present
    from aieco_assets.core.embeddings.weights import model_folder
    from aieco_assets.core.settings import Settings

    if not gpu_present():
        return None
    name, folder = model_folder(Settings())
    cpu, gpu = BertEncoder(folder), TorchEncoder(folder)
    texts = [f"{_text(one)[one % 1000 :][: 240 + 37 * one % 440]}" for one in range(CHUNKS)]
    few, one = texts[:CHUNKS_ON_CPU], texts[:1]
    on_cpu, on_gpu = cpu.encode(few), gpu.encode(few)
    seconds, gpu_seconds = _best(cpu, few), _best(gpu, texts)
    cores, letters = os.cpu_count(), sum(map(len, texts)) // len(texts)
    return [
        Result(f"{name}, CPU with {cores} cores (onnxruntime), chunks of {letters} letters", len(few) / seconds, "1/s"),
        Result(f"{name}, {_gpu_name()} (torch), the same", len(texts) / gpu_seconds, "1/s"),
        Result("  GPU faster by", len(texts) / gpu_seconds * seconds / len(few), "x"),
        Result("  one text, CPU", 1000 * _best(cpu, one), "ms"),
        Result("  one text, GPU", 1000 * _best(gpu, one), "ms"),
        Result("  largest difference of a component, in millionths", 1e6 * float(np.abs(on_cpu - on_gpu).max()), ""),
    ]


def _best(encoder, texts: list[str]) -> float:
    """Seconds, the best of some rounds."""
    times = []
    for _ in range(ROUNDS if len(texts) > 1 else 20):
        began = time.perf_counter()
        encoder.encode(texts)
        times.append(time.perf_counter() - began)
    return min(times)


def _see_no_gpu() -> None:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""


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
