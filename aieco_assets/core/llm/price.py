"""What the tokens of a language model cost, by the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

_MILLION = 1_000_000


@dataclass(frozen=True)
class Price:
    """Per million tokens read (prompt) and written (completion), in whatever currency the settings mean."""

    read: float
    written: float

    def of(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (self.read * prompt_tokens + self.written * completion_tokens) / _MILLION


def price_of(settings: Settings) -> Price | None:
    """None where the settings name no price: then nothing is said of costs. One that is not named is nought."""
    if settings.llm_price_in is None and settings.llm_price_out is None:
        return None
    return Price(settings.llm_price_in or 0.0, settings.llm_price_out or 0.0)
