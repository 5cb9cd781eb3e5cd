"""How long a language model may take: the limits of the settings, and never longer than whoever asks will wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

SPARE_SECONDS = 0.5  # left of a question's time, in which it is answered with the quotes
_until: ContextVar[float | None] = ContextVar("aieco_llm_until", default=None)


@dataclass(frozen=True)
class ServerLimits:
    """Seconds to connect, of silence, and for a text with its retries; how often it is asked again, how many texts are
    asked for at once, and seconds that a server which does not answer is left alone."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0
    retries: int = 2
    at_once: int = 8
    cooldown: float = 30.0


def limits_of(settings: Settings) -> ServerLimits:
    return ServerLimits(
        settings.llm_connect_seconds,
        settings.llm_read_seconds,
        settings.llm_total_seconds,
        settings.llm_retries,
        settings.llm_slots,
        settings.llm_cooldown_seconds,
    )


@contextmanager
def waited_for(until: float) -> Iterator[None]:
    """What this thread asks of a model server inside the block is waited for until then (`time.monotonic`)."""
    token = _until.set(until)
    try:
        yield
    finally:
        _until.reset(token)


def seconds_left(most: float) -> float:
    """`most`, or less where whoever asks waits less; 0 or below when the time is up."""
    until = _until.get()
    return most if until is None else min(most, until - SPARE_SECONDS - time.monotonic())
