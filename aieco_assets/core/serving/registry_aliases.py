"""What the registry's aliases name for the service: champions to serve, challengers to try."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, LLM, RAG
from aieco_assets.core.registry.changes import LastMove
from aieco_assets.core.serving.release import FOLLOWED
from aieco_assets.core.settings import Settings

if TYPE_CHECKING:
    from aieco_assets.core.registry.versions import ModelVersion

Moves = Mapping[tuple[str, str], LastMove]
CHALLENGED = (LLM, RAG)  # an embedder needs a knowledge base of its own


def champion_versions(settings: Settings) -> dict[str, ModelVersion]:
    """By model, as MLflow has them now."""
    from aieco_assets.core.registry.versions import version_by_alias

    found = {name: version_by_alias(settings, name, CHAMPION) for name in FOLLOWED}
    return {name: version for name, version in found.items() if version is not None}


def challengers_of(moves: Moves) -> tuple[dict[str, int], int]:
    """Versions that were named challenger after the present champion came, by model; and the latest move of these.

    One from before is no candidate: it was named beside another champion.
    """
    named: dict[str, int] = {}
    latest = 0
    for model in CHALLENGED:
        challenger, champion = moves.get((model, CHALLENGER)), moves.get((model, CHAMPION))
        if challenger is None or champion is None or challenger.version in (None, champion.version):
            continue
        if challenger.number > champion.number:
            named[model] = challenger.version
            latest = max(latest, challenger.number)
    return named, latest


def challenger_versions(settings: Settings, named: Mapping[str, int]) -> dict[str, ModelVersion]:
    """The named versions, but for those that their gate has refused: no user is asked to try these."""
    from aieco_assets.core.registry.promotion import REFUSED
    from aieco_assets.core.registry.versions import version_by_alias

    found = {name: version_by_alias(settings, name, CHALLENGER) for name in named}
    return {
        name: version
        for name, version in found.items()
        if version and version.version == named[name] and version.tags.get("gate") != REFUSED
    }


def told(numbers: Mapping[str, int]) -> str:
    """`llm version 2 and rag version 5`."""
    return " and ".join(f"{name} version {number}" for name, number in numbers.items())
