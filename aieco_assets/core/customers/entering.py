"""A version goes through its gate once: into production, or to the challengers with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aieco_assets.core.contracts import CHALLENGER, CHAMPION
from aieco_assets.core.registry.models import set_alias
from aieco_assets.core.registry.tracking import mlflow_client
from aieco_assets.core.registry.versions import versions
from aieco_assets.core.settings import Settings


@dataclass(frozen=True)
class Verdict:
    """What a gate found of a version: may it go into production, why (a clause), and on which numbers."""

    passed: bool
    reason: str
    numbers: dict[str, Any] = field(default_factory=dict)


def is_judged(settings: Settings, name: str, version: int) -> bool:
    """Whether the gate has spoken on a version: training again must not undo a later rollback."""
    return "gate" in next(one.tags for one in versions(settings, name) if one.version == version)


def enter(settings: Settings, name: str, version: int, verdict: Verdict) -> None:
    """Moves the alias that the verdict calls for, then tags the version. Interrupted, it can be called again."""
    alias = CHAMPION if verdict.passed else CHALLENGER
    set_alias(settings, name, alias, version, "training gate", verdict.reason, verdict.numbers)
    outcome = "promoted" if verdict.passed else "refused"
    mlflow_client(settings).set_model_version_tag(name, str(version), "gate", outcome)
