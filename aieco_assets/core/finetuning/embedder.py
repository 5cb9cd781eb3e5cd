"""The embedder in production, trained further on one's own documents and accepted cases, as a judged challenger."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from aieco_assets.core.contracts import CHAMPION, EMBEDDER, FINE_TUNED
from aieco_assets.core.embeddings.candidate_vectors import drop_beside
from aieco_assets.core.embeddings.embedder import load_embedder
from aieco_assets.core.embeddings.production import in_production
from aieco_assets.core.embeddings.store import VectorStore
from aieco_assets.core.embeddings.tables import connect_vectors
from aieco_assets.core.embeddings.weights import model_folder, model_version
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.evaluation.embedder_gate import GOLDEN, compare, gate_questions
from aieco_assets.core.finetuning.pairs import Pairs, read_pairs
from aieco_assets.core.finetuning.sentence_training import METHOD, Training, train
from aieco_assets.core.finetuning.trained_folder import is_trained, recipe_digest, recipe_of
from aieco_assets.core.governance.erasure_lock import at_work
from aieco_assets.core.registry.models import register_embedder
from aieco_assets.core.registry.promotion import REFUSED, Verdict, enter, is_judged
from aieco_assets.core.registry.versions import version_by_alias, versions
from aieco_assets.core.settings import Settings


@dataclass(frozen=True)
class FineTuned:
    """What it came to. `outcome`: waiting (for a person) or refused. `numbers`: what the gate measured of the champion
    and of this challenger, on what was held out and on golden questions."""

    version: int
    outcome: str
    reason: str
    folder: Path
    base: str
    pairs: dict[str, int]
    numbers: dict[str, Any]
    seconds: float


def fine_tune_embedder(
    settings: Settings,
    training: Training | None = None,
    out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FineTuned:
    """Trains, registers and judges; nothing is put into production, a person promotes.

    The folder is AIECO_HOME/models/embedder-DIGEST unless `out` names one. Killed anywhere and called again it ends the
    same, and what is trained already is not trained again. Raises AiecoError while no knowledge base is published,
    NotTrainableError where there is too little to learn from.
    """
    began = time.monotonic()
    training = training or Training()
    with at_work(settings):
        present = _present(settings)
        name, base = model_folder(present)
        pairs = read_pairs(settings)
        recipe = recipe_of(METHOD, training, model_version(present, base), pairs.digest)
        place = (out or settings.home / "models" / f"embedder-{recipe_digest(recipe)}").absolute()
        if not is_trained(place, recipe):
            train(base, pairs.learned, recipe, training, place, progress)
        new = settings.model_copy(update={"embedder": str(place)})
        number = register_embedder(new, tags={FINE_TUNED: "documents and cases"}, params=recipe).version
        if not is_judged(settings, EMBEDDER, number):
            verdict = judged(settings, present, new, pairs)
            # A person decides, whatever AIECO_PROMOTION says of models that the graph trains.
            outcome = enter(settings.model_copy(update={"promotion": "manual"}), EMBEDDER, number, verdict)
            if outcome == REFUSED:
                drop_beside(connect_vectors(settings), model_version(new, place))
    found = next(one for one in versions(settings, EMBEDDER) if one.version == number)
    return FineTuned(
        number,
        found.tags.get("gate", ""),
        found.tags.get("gate_reason", ""),
        place,
        name,
        pairs.counts(),
        _numbers(settings, number),
        round(time.monotonic() - began, 1),
    )


def _present(settings: Settings) -> Settings:
    """The settings with the embedder in production. Raises AiecoError unless every chunk has its vector of it."""
    if version_by_alias(settings, EMBEDDER, CHAMPION) is None or VectorStore.open(settings).live_version() is None:
        raise AiecoError("No knowledge base is published yet, so there is nothing to learn from: run `aieco run`.")
    present = in_production(settings)
    coverage = VectorStore.open(settings).coverage()
    version = model_version(present, model_folder(present)[1])
    if coverage.embedded < coverage.chunks or {one for _, one in coverage.embedders} != {version}:
        raise AiecoError("Some passages have no vector of the embedder in production yet: run `aieco run` first.")
    return present


def judged(settings: Settings, present: Settings, new: Settings, pairs: Pairs) -> Verdict:
    """No worse by what was held out, and no worse by the golden questions that it has not learned from.

    One that a wild training has spoilt is refused like one that finds less.
    """
    old = load_embedder(present)
    try:
        challenger = load_embedder(new)
    except AiecoError:  # its weights are no numbers, or read every text alike
        reason = "the training spoilt it, and it tells no text from another: train fewer epochs at a smaller rate"
        return Verdict(False, reason, {"pairs": pairs.counts()})
    held_out = [pair.question for pair in pairs.held_out]
    verdict = compare(settings, old, challenger, (held_out, "held-out pairs"))
    numbers: dict[str, Any] = {"pairs": pairs.counts(), "held_out": verdict.numbers}
    questions, kind = gate_questions(settings)
    taught = pairs.taught()
    unseen = [question for question in questions if question.question not in taught]
    if unseen and kind == GOLDEN:
        golden = compare(settings, old, challenger, (unseen, kind))
        numbers["golden"] = golden.numbers
        verdict = replace(verdict, passed=verdict.passed and golden.passed, reason=f"{verdict.reason}; {golden.reason}")
    return replace(verdict, numbers=numbers)


def _numbers(settings: Settings, number: int) -> dict[str, Any]:
    from aieco_assets.core.registry.aliases import history
    from aieco_assets.core.registry.promotion import GATE

    judged = [move.metrics for move in history(settings, EMBEDDER) if move.to_version == number and move.actor == GATE]
    return judged[-1] if judged else {}
