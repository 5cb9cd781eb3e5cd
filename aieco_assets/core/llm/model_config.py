"""How a language model writes, by MLflow's name for it: kept with the registered version, and served as registered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aieco_assets.core.settings import Settings

MODEL_CONFIG = "model_config"  # the tag of a version, and the field of its file


@dataclass(frozen=True)
class ModelConfig:
    """`temperature` 0: the likeliest word each time. `top_p`: share of the likeliest words that is drawn from.
    `n_ctx`: tokens that a model in a file is opened for; 0 where a server decides that."""

    temperature: float = 0.0
    top_p: float = 1.0
    n_ctx: int = 0

    @classmethod
    def named(cls, settings: Settings) -> ModelConfig:
        context = 0 if settings.llm_is_server else settings.llm_context
        return cls(settings.llm_temperature, settings.llm_top_p, context)

    @classmethod
    def registered(cls, tags: Mapping[str, str]) -> ModelConfig | None:
        """That of a version, by its tags; None for one from before it was kept."""
        return cls(**json.loads(tags[MODEL_CONFIG])) if MODEL_CONFIG in tags else None

    def over(self, settings: Settings) -> Settings:
        """The settings with this instead of their own."""
        mine = {"llm_temperature": self.temperature, "llm_top_p": self.top_p}
        return settings.model_copy(update=mine | ({"llm_context": self.n_ctx} if self.n_ctx else {}))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)
