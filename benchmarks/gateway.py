"""The service before a model server with 16 slots: a stand-in that says each answer after a second and thinks nothing.

Said of it: how many questions are on their way at once, against one at a time on the same machine in the same run.
"""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

from benchmarks.load import Served, load
from benchmarks.record import Result
from benchmarks.service import questions_of, sample_home, serving
from tests.stand_in_server import stand_in

SLOTS, SECONDS, FOR_SECONDS = 16, 1.0, 20


def model_server() -> list[Result]:
    """16 clients, by AIECO_LLM_CONCURRENCY=16 and by 1."""
    with sample_home() as home, stand_in(quotes=True, slots=SLOTS, seconds=SECONDS) as server:
        questions = questions_of(home)
        _champion(home, server.url)
        try:
            by = {slots: _load(home, server.url, questions, slots) for slots in (SLOTS, 1)}
        finally:
            _champion(home, "packaged")
    many, one = by[SLOTS], by[1]
    a_second = len(many.seconds) / FOR_SECONDS
    return [
        Result(f"stand-in, {SLOTS} at once: seconds for 14 answers", 14 / a_second, "s", 1),
        Result(f"stand-in, {SLOTS} at once: answers a second", a_second, "1/s"),
        Result("stand-in, one at a time: answers a second", len(one.seconds) / FOR_SECONDS, "1/s"),
        Result(f"stand-in, {SLOTS} at once: seconds of an answer, p50", statistics.median(many.seconds), "s"),
        Result("questions at the stand-in at once, most", server.most_at_once, "questions", SLOTS),
        Result("refused by the stand-in", server.refused, "questions", 0),
    ]


def _load(home: Path, llm: str, questions: list[str], slots: int) -> Served:
    variables = {"AIECO_LLM": llm, "AIECO_LLM_CONCURRENCY": str(slots)}
    with serving(home, **variables) as (url, _, _):
        asked = [("/answer", {"question": one}) for one in questions]
        asyncio.run(load(url, asked, SLOTS, count=2 * SLOTS if slots > 1 else 4))  # warm
        return asyncio.run(load(url, asked, SLOTS, seconds=FOR_SECONDS))


def _champion(home: Path, llm: str) -> None:
    from aieco_assets.core.registry.models import register_llm
    from aieco_assets.core.settings import Settings
    from aieco_assets.core.stack.platform import open_platform

    with open_platform(Settings(home=home, llm=llm, _env_file=None)) as opened:  # type: ignore[call-arg]
        register_llm(opened)
