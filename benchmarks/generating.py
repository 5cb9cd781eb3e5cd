"""What the service adds to generating: its queue and gateway against llama-cpp-python called directly."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path

from benchmarks.record import Result

PROMPTS, ROUNDS = 6, 3


def tokens() -> list[Result]:
    """The same prompts through the service's queue and gateway, and by llama-cpp-python itself, taking turns; the best
    of three of each prompt."""
    from aieco_assets.core.llm.chat_template import template_of
    from aieco_assets.core.llm.gateway import load_llm
    from aieco_assets.core.llm.prompt import PACKAGED_PROMPT
    from aieco_assets.core.settings import Settings
    from bento.cancellation import Heeding
    from bento.limits import WorkQueue

    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    with tempfile.TemporaryDirectory(prefix="aieco-bench-") as home:
        llm = load_llm(Settings(home=Path(home), _env_file=None))  # type: ignore[call-arg]
    model = llm._model  # type: ignore[attr-defined]
    heeding, queue = Heeding(llm), WorkQueue("answers", threads=1, waiting=8)
    prompts = [PACKAGED_PROMPT.filled(f"What is said of day {day}?", [_text(day)]) for day in range(PROMPTS)]

    def direct(messages: list) -> int:
        ids = model.tokenize(template_of("chatml", {}).render(messages).encode(), add_bos=False, special=True)
        made = model.create_completion(ids, max_tokens=48, temperature=0.0, seed=0, stop=["<|im_end|>"])
        return made["usage"]["completion_tokens"]

    def served(messages: list) -> int:
        return asyncio.run(queue.run(lambda: heeding.generate(messages, 48), 60)).completion_tokens

    def first_token(messages: list) -> float:
        began = time.perf_counter()
        stream = heeding.stream(messages, 48)
        next(stream)
        stream.close()
        return time.perf_counter() - began

    ways = {"direct": direct, "served": served}
    seconds, made = {name: [float("inf")] * len(prompts) for name in ways}, 0
    direct(prompts[0])
    for _ in range(ROUNDS):
        for place, messages in enumerate(prompts):
            for name, way in ways.items():
                model.reset()  # or the second way would find the prompt read
                began = time.perf_counter()
                count = way(messages)
                seconds[name][place] = min(seconds[name][place], time.perf_counter() - began)
                made += count if name == "direct" else 0
    rates = {name: made / ROUNDS / sum(best) for name, best in seconds.items()}
    cold, warm = [], []
    for messages in prompts:
        model.reset()
        cold.append(first_token(messages))
        warm.append(first_token(messages))
    queue.close()
    return [
        Result("llama-cpp-python, tokens a second", rates["direct"], "1/s"),
        Result("the service's way, tokens a second", rates["served"], "1/s"),
        Result("  slower by", rates["direct"] / rates["served"], "x", 1 / 0.95),
        Result("first token with a warm prefix, against cold", sum(warm) / sum(cold), "x", 0.5),
    ]


def _text(day: int) -> str:
    return " ".join(f"On day {day} shelf {shelf} held {shelf * 7 + day} boxes of candles." for shelf in range(20))
