"""Which version the service tries beside the champion, because a person says so (`aieco challenge`)."""

from __future__ import annotations

from aieco_assets.core.contracts import CHALLENGER, CHAMPION, LLM, RAG
from aieco_assets.core.errors import AiecoError
from aieco_assets.core.registry.aliases import set_alias
from aieco_assets.core.registry.models import register_llm
from aieco_assets.core.registry.promotion import REFUSED, Move, person
from aieco_assets.core.registry.versions import version_by_alias, versions
from aieco_assets.core.settings import Settings


def challenge(settings: Settings, name: str, version: int | None, reason: str = "", actor: str = "") -> Move:
    """Names the challenger; the champion named as its own challenger ends the trial.

    Without a version: the LLM that AIECO_LLM names, registered if it is new. Raises AiecoError for a model that the
    service does not try, one without a champion, and a version that does not exist or was refused by its gate.
    """
    if name not in (LLM, RAG):
        raise AiecoError(f"Answers take no {name}: only {LLM} and {RAG} are tried beside the champion.")
    before, champion = (version_by_alias(settings, name, alias) for alias in (CHALLENGER, CHAMPION))
    if champion is None:
        raise AiecoError(f"Model {name} has no champion to challenge yet: run `aieco run`.")
    if version is None:
        if name != LLM:
            raise AiecoError(f"Which version of {name} is to be tried: `aieco history {name}` lists them.")
        version = register_llm(settings, alias=CHALLENGER).version
        return Move(name, version, champion.version, before is None or before.version != version)
    found = next((one for one in versions(settings, name) if one.version == version), None)
    if found and found.tags.get("gate") == REFUSED:
        raise AiecoError(f"Version {version} of {name} was refused by its gate: users are not asked to try it.")
    moved = set_alias(settings, name, CHALLENGER, version, actor or person(), reason or "to be tried")
    return Move(name, version, champion.version, moved)
