"""A language model trained further on the answers that people accepted, as a challenger."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import CHAMPION, FINE_TUNED, LLM
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.finetuning.answers import read_examples
from aieco_assets.core.finetuning.base_model import base_version, check_base
from aieco_assets.core.finetuning.gguf import check_converter, to_gguf
from aieco_assets.core.finetuning.lora import METHOD, LoraTraining, Losses, read_losses, train
from aieco_assets.core.finetuning.trained_folder import is_trained, recipe_digest, recipe_of
from aieco_assets.core.governance.erasure_lock import at_work
from aieco_assets.core.registry.models import register_llm
from aieco_assets.core.registry.promotion import Verdict, enter, is_judged, refuse
from aieco_assets.core.registry.versions import version_by_alias, versions
from aieco_assets.core.settings import Settings


@dataclass(frozen=True)
class FineTunedLlm:
    """What it came to. `outcome`: waiting (for a person) or refused; `file`: the GGUF that AIECO_LLM can name."""

    version: int
    outcome: str
    reason: str
    file: Path
    base: str
    examples: dict[str, int]
    losses: Losses
    seconds: float


def fine_tune_llm(
    settings: Settings,
    base: Path,
    training: LoraTraining | None = None,
    out: Path | None = None,
    converter: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FineTunedLlm:
    """Trains, merges, converts and registers; nothing is put into production, AIECO_LLM does that.

    The folder is AIECO_HOME/models/llm-DIGEST unless `out` names one. Killed anywhere and called again it ends the
    same; what is trained or converted already is not made again. Raises AiecoError where base or converter are none,
    and while no knowledge base is published; NotTrainableError where there is too little to learn from.
    """
    began = time.monotonic()
    training, base = training or LoraTraining(), base.expanduser().absolute()
    check_base(base)
    tool = check_converter(converter, settings.home)
    with at_work(settings):
        if version_by_alias(settings, LLM, CHAMPION) is None or VectorStore.open(settings).live_version() is None:
            raise AiecoError("No knowledge base is published yet, so there is nothing to learn from: run `aieco run`.")
        examples = read_examples(settings)
        recipe = recipe_of(METHOD, training, base_version(base, settings.home), examples.digest)
        place = (out or settings.home / "models" / f"llm-{recipe_digest(recipe)}").absolute()
        if not is_trained(place, recipe):
            train(base, examples.learned, examples.held_out, recipe, training, place, progress)
        file, losses = place / f"{place.name}.gguf", read_losses(place)
        if not file.is_file():
            to_gguf(settings, place, tool, file)
        new = settings.model_copy(update={"llm": str(file)})
        told: dict[str, Any] = {**recipe, "base_name": base.name, **asdict(losses)}
        number = register_llm(new, alias="", tags={FINE_TUNED: "accepted cases"}, params=told).version
        judge(settings, number, losses, examples.counts())
    found = next(one for one in versions(settings, LLM) if one.version == number)
    return FineTunedLlm(
        number,
        found.tags.get("gate", ""),
        found.tags.get("gate_reason", ""),
        file,
        base.name,
        examples.counts(),
        losses,
        round(time.monotonic() - began, 1),
    )


def judge(settings: Settings, number: int, losses: Losses, counts: dict[str, int]) -> None:
    """A challenger where it expects held-out answers better than its base; else refused, and nobody is asked to try it.

    How it answers is measured where every other LLM is: by the golden questions when AIECO_LLM names it, and beside
    the champion on real questions.
    """
    if is_judged(settings, LLM, number):
        return
    reason = f"loss {losses.before:.3f} -> {losses.after:.3f} on {counts['held_out']} held-out answers"
    if not losses.after < losses.before:  # also where it is no number
        refuse(settings, LLM, number, f"{reason}: train fewer epochs at a smaller rate")
        return
    numbers = {"examples": counts, **asdict(losses)}
    enter(settings.model_copy(update={"promotion": "manual"}), LLM, number, Verdict(True, reason, numbers))
